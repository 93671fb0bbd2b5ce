"""The files for service managers, as far as they can be tried without one."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from smartcash_gateway.http.limits import MAX_CONNECTIONS

GATEWAY = Path(__file__).parent.parent
SERVICE = GATEWAY / "smartcash_gateway" / "cli" / "service"
UNIT = SERVICE / "smartcash-gateway.service"
PROGRAM = "@PROGRAM@"
#: Of ten, as systemd sees it: 0 is safe. A service without any of its settings has 9.6.
MOST_EXPOSED = 2.0


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_understands_the_unit(tmp_path):
    """Everything but the program and the user, which are not installed here."""
    unit = tmp_path / UNIT.name
    text = UNIT.read_text()
    assert PROGRAM in text
    unit.write_text(text.replace(PROGRAM, shutil.which("true")).replace("User=smartcash\n", ""))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_the_service_is_shut_off_from_the_rest_of_the_till(tmp_path):
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(PROGRAM, shutil.which("true")))
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    exposed = float(re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)[1])
    assert exposed <= MOST_EXPOSED, done.stdout


def test_the_unit_never_gives_up_and_has_files_to_spare():
    text = UNIT.read_text()
    unit, service = text.partition("[Unit]")[2].split("[Service]")
    assert "StartLimitIntervalSec=0" in unit, "in [Service] it would be ignored"
    assert "Restart=always" in service
    files = int(re.search(r"LimitNOFILE=(\d+)", service)[1])
    assert files > 2 * MAX_CONNECTIONS
    assert "UMask=0077" in service


def test_windows_is_told_of_users_by_number_only():
    """Their names differ by its language."""
    text = (GATEWAY / "WINDOWS.md").read_text()
    commands = "".join(re.findall(r"```(.*?)```", text, re.DOTALL))
    commands += (SERVICE / "windows.ps1").read_text()
    for name in ("SYSTEM:", "Administrators", "BUILTIN", "NT AUTHORITY"):
        assert name not in commands
    assert "S-1-5-18" in commands
