"""The promises of the driver contract (docs/architecture.md), tried with every make: see ``promises.py``.

A make takes part by ``make/conformance.py`` in its addon: ``MAKES``, a list of :class:`.make.Make`.
"""
