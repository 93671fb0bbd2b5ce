"""Simulated cash machines: one model of the machine, one protocol face per make."""

__version__ = "17.0.1.1.0"
