"""An Odoo that hangs is ended, with everything that it started."""

import os
import sys
import time

import pytest

from stack import odoo_tests
from stack.shell import Problem


def test_an_odoo_whose_log_stands_still_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(odoo_tests, "SILENCE", 1)
    monkeypatch.setattr(odoo_tests, "RUN", tmp_path)
    log, child = tmp_path / "odoo.log", tmp_path / "child"
    script = (
        "import pathlib, subprocess, time\n"
        "browser = subprocess.Popen(['sleep', '120'])\n"
        f"pathlib.Path({str(child)!r}).write_text(str(browser.pid))\n"
        f"pathlib.Path({str(log)!r}).write_text('started')\n"
        "time.sleep(120)\n"
    )
    with pytest.raises(Problem, match="said nothing"):
        odoo_tests._run_watched([sys.executable, "-c", script], dict(os.environ), log)
    browser = int(child.read_text())
    deadline = time.monotonic() + 5
    while _lives(browser) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(browser)


def test_the_exit_code_of_odoo_is_handed_on(tmp_path, monkeypatch):
    monkeypatch.setattr(odoo_tests, "RUN", tmp_path)
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    assert odoo_tests._run_watched(command, dict(os.environ), tmp_path / "none.log") == 3


def _lives(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = f"/proc/{pid}/stat"
    if os.path.exists(status):
        with open(status, encoding="utf-8") as handle:
            return handle.read().rpartition(")")[2].split()[0] != "Z"
    return True
