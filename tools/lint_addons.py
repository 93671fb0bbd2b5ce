"""Run pylint-odoo's mandatory list over every addon of this repository."""

from __future__ import annotations

import subprocess
import sys

from stack.paths import ROOT, addons


def main() -> int:
    """Return pylint's exit code; an addon that is there is never left out."""
    names = addons()
    if not names:
        print("There is no addon to look at.")
        return 1
    command = [sys.executable, "-m", "pylint", "--rcfile=pyproject.toml", "--score=no", *names]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
