"""A Hesabe cloud with its Smart POS terminals."""
