"""Makes the tools importable the way tools/smartcash.py sees them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
