"""Operations: one at a time, written down before money can move."""
