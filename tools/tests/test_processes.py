"""What was started is ended, and what does not start says why."""

import sys

import pytest

from stack.processes import Processes, port_is_free
from stack.shell import Problem, free_port


def test_a_part_that_ends_at_once_is_reported_with_its_last_words(tmp_path):
    with Processes(tmp_path) as parts, pytest.raises(Problem, match="no such machine"):
        parts.start(
            "part",
            [sys.executable, "-c", "raise SystemExit('no such machine')"],
            env={},
            url=f"http://127.0.0.1:{free_port()}",
            wait=20,
        )


def test_all_parts_are_gone_afterwards(tmp_path):
    port = free_port()
    server = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with Processes(tmp_path) as parts:
        parts.start("web", server, env={}, url=f"http://127.0.0.1:{port}", wait=20)
        assert not port_is_free(port)
    assert port_is_free(port)
