"""The demo's ports can be moved, and a mistake is named."""

import pytest

from stack.demo import ports_from_env
from stack.services import Ports
from stack.shell import Problem


def test_ports_are_the_documented_ones_unless_moved():
    assert ports_from_env({}) == Ports(odoo=8069, gateway=8787, connector=8092, customer=8093)
    assert ports_from_env({}) == Ports(
        cashdro=8443, cashdro_customer=8444, hesabe=8094, terminals=8095
    )
    assert ports_from_env({"ODOO_PORT": "18069"}).odoo == 18069
    assert ports_from_env({"TERMINALS_PORT": "18095"}).terminals == 18095


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "80.5"])
def test_a_bad_port_is_named(text):
    with pytest.raises(Problem, match="GATEWAY_PORT"):
        ports_from_env({"GATEWAY_PORT": text})
