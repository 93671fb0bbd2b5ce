"""The files for service managers, as far as they can be tried without one."""

from __future__ import annotations

import re
from pathlib import Path

from smartcash_gateway.http.limits import MAX_CONNECTIONS

GATEWAY = Path(__file__).parent.parent
SERVICE = GATEWAY / "smartcash_gateway" / "cli" / "service"
UNIT = SERVICE / "smartcash-gateway.service"
PROGRAM = "@PROGRAM@"


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
