"""The two virtual environments: `odoo` with Odoo's old pins, `tools` for everything else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from .paths import ROOT, VENVS
from .shell import Problem, digest, locked, run, say

#: Odoo 17 runs on these; the highest that is installed and works is taken.
VERSIONS = ("3.12", "3.11", "3.10")
#: Folders of this repository that are Python packages of their own.
PACKAGES = ("gateway", "simulators")


def _version(python: str) -> str | None:
    """Return "3.x" of an interpreter that can make virtual environments, else None."""
    probe = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@lru_cache(maxsize=1)
def interpreter() -> str:
    """Return the Python that the environments are made with.

    :raise Problem: when no suitable one is installed.
    """
    # Inside one of our environments: the Python that made it, lest it be made anew from itself.
    candidates = [getattr(sys, "_base_executable", sys.executable), "/usr/bin/python3"]
    candidates += [found for v in VERSIONS if (found := shutil.which(f"python{v}"))]
    for python in candidates:
        if _version(python) in VERSIONS:
            return python
    raise Problem(
        "No usable Python 3.10, 3.11 or 3.12 was found. On Debian or Ubuntu: "
        "apt-get install python3 python3-venv"
    )


def _ensure(name: str, requirements: Path, editable: list[Path]) -> Path:
    """Make or refresh an environment; nothing is done while its inputs are the same."""
    venv = VENVS / name
    python = venv / "bin" / "python"
    stamp = venv / ".stamp"
    base = interpreter()
    wanted = digest(
        _version(base) or "",
        requirements,
        *(package / "pyproject.toml" for package in editable),
        *(str(package) for package in editable),
    )
    with locked(f"venv-{name}"):
        if python.exists() and stamp.exists() and stamp.read_text() == wanted:
            return python
        say(f"installing Python packages into .venv/{name} (once; a minute or two)")
        stamp.unlink(missing_ok=True)
        run([base, "-m", "venv", venv], what=f"creating .venv/{name}")
        pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--no-input"]
        run([*pip, "--upgrade", "pip", "wheel", "setuptools<70"], what="upgrading pip")
        sources: list[str | Path] = ["--requirement", requirements]
        for package in editable:
            sources += ["--editable", package]
        run([*pip, *sources], what=f"installing {requirements.name}")
        stamp.write_text(wanted)
    return python


def odoo_python() -> Path:
    """Return the Python that runs Odoo (`ODOO_PYTHON` names one that has all), installed if need be."""
    if named := os.environ.get("ODOO_PYTHON"):
        return Path(named)
    return _ensure("odoo", ROOT / "requirements" / "odoo.txt", [])


def tools_python() -> Path:
    """Return the Python of gateway, simulators and tests, installed if need be."""
    editable = [ROOT / name for name in PACKAGES if (ROOT / name / "pyproject.toml").exists()]
    return _ensure("tools", ROOT / "requirements" / "tools.txt", editable)


def build_python() -> Path:
    """Return the Python that builds the self-contained gateway, installed if need be."""
    python = _ensure("build", ROOT / "requirements" / "build.txt", [])
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--no-input"]
    run([*pip, ROOT / "gateway"], what="installing the gateway's libraries")
    run([*pip, "--force-reinstall", "--no-deps", ROOT / "gateway"], what="installing the gateway")
    return python


def tools_env() -> dict[str, str]:
    """Return an environment in which `python -m` finds what the repository has."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path}
