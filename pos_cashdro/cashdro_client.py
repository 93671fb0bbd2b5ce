"""CashDro's web service in pure Python, with Odoo or without: the one module to import from.

Odoo has it in the addon's package. Any other program takes it from the addon's folder, or by its path.
"""

import sys
from pathlib import Path

if __package__:
    from .cashdro_protocol import *  # noqa: F403 - its __all__ is the interface
else:
    sys.path.append(str(Path(__file__).resolve().parent))
    # The folder is on the path only when the program runs.
    from cashdro_protocol import *  # type: ignore[import-not-found] # noqa: F403 - as above
