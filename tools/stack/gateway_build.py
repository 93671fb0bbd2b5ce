"""`make gateway`: the gateway as one file that needs no Python, and a sale with it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from .paths import ROOT, RUN
from .shell import Problem, run, say
from .venvs import build_python, tools_env, tools_python

SPEC = ROOT / "gateway" / "smartcash-gateway.spec"
DIST = RUN / "dist"


def build_gateway() -> Path:
    """Build the file for this computer's system, sell something with it, and return its path.

    :raise Problem: a tool is missing, the build failed, or the sale did not end as it must
    """
    if not shutil.which("objcopy"):
        raise Problem("The build needs binutils. On Debian or Ubuntu: apt-get install binutils")
    python = build_python()
    say("building the self-contained gateway (half a minute)")
    options = ["--noconfirm", "--log-level=ERROR", f"--distpath={DIST}"]
    work = f"--workpath={RUN / 'build'}"
    run([python, "-m", "PyInstaller", *options, work, SPEC], what="building the gateway")
    program = DIST / "smartcash-gateway"
    say("selling with it")
    smoke = [str(tools_python()), "gateway/tests/smoke_sale.py", str(program)]
    if subprocess.run(smoke, cwd=ROOT, env=tools_env(), check=False).returncode:
        raise Problem(f"{program} does not sell.")
    say(f"{program}: {program.stat().st_size / 1e6:.0f} MB")
    return program
