"""What crosses the parts: a deployed stack, a real browser, a (simulated) machine, and the books."""
