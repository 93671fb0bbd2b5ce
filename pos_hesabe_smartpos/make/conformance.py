"""The conformance kit plays cash machines so far: of card terminals there is none to try yet.

What a card terminal promises is tried by this addon's own tests, against the same simulator.
"""

MAKES: list[type] = []
