"""The demo's ports can be moved, and a mistake is named."""

import pytest

from stack.demo import PORTS, ports_from_env
from stack.paths import ROOT
from stack.shell import Problem


def test_ports_are_the_documented_ones_unless_moved():
    readme = (ROOT / "README.md").read_text()
    for name, (variable, port) in PORTS.items():
        assert ports_from_env({})[name] == port
        assert ports_from_env({variable: "18069"})[name] == 18069
        assert f"`{variable}`" in readme
        assert str(port) in readme


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "80.5"])
def test_a_bad_port_is_named(text):
    with pytest.raises(Problem, match="GATEWAY_PORT"):
        ports_from_env({"GATEWAY_PORT": text})
