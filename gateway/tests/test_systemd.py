"""The unit, as systemd reads it. Where there is no systemd, conftest.py says so and leaves this out."""

from __future__ import annotations

import re
import shutil
import subprocess

from test_units import PROGRAM, UNIT

#: Of ten, as systemd sees it: 0 is safe. A service without any of its settings has 9.6.
MOST_EXPOSED = 2.0


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
