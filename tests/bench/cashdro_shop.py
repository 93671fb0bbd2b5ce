"""Tills with a CashDro each: the simulated machine with the patience of a test, and its set-up in Odoo."""

from bisect import bisect_left
from collections.abc import Sequence
from urllib.parse import urlsplit

from smartcash_simulators.cashdro.testing import CashdroSimulator
from tests.bench.tills import StaffedTill, staff
from tests.deployment import Deployment
from tests.waiting import until
from tests.world import make_method, make_till, replace_drawer

METHOD = "CashDro"
#: Minor units. The customers of the benchmarks pay with nothing smaller, so no sale is rounded.
SMALLEST_COIN = 5


class CashdroMachine(CashdroSimulator):
    """Amounts: minor units; times: epoch seconds."""

    def __init__(self, speed: float) -> None:
        super().__init__(speed=speed, arguments=("--rounding", str(SMALLEST_COIN)))

    def wait_accepting(self, pause: float) -> None:
        until("the machine accepts money", lambda: self.state()["accepting"], pause=pause)

    def wait_imported(self) -> dict:
        """Wait until whoever sold has told the machine that its newest operation is in the books; return that."""
        return until(
            "the operation to be imported",
            lambda: next((one for one in self.operations()[-1:] if one["imported"]), None),
            pause=0.05,
        )


def make_cashdro_till(
    stack: Deployment, number: int, machine: CashdroSimulator, transport: str
) -> StaffedTill:
    """Make device, payment method, till number ``number`` and its cashier, and open its session."""
    odoo = stack.rpc()
    address = urlsplit(machine.url)
    device = odoo.call(
        "smartcash.device",
        "create",
        {
            "name": f"{METHOD} {number}",
            "driver": "cashdro",
            "transport": transport,
            "cashdro_host": address.hostname,
            "cashdro_port": address.port,
            "cashdro_tls": "pin",
            "cashdro_fingerprint": machine.fingerprint,
            "cashdro_user": machine.user,
            "cashdro_password": machine.password,
        },
    )
    method = make_method(
        odoo,
        f"{METHOD} {number}",
        "cash",
        use_payment_terminal="cashdro",
        smartcash_device_id=device,
        smartcash_close_sale=True,
        smartcash_auto_start=False,
    )
    config = make_till(odoo, number)
    replace_drawer(odoo, config, method)
    return staff(stack, f"cashdro{number}", config, method)


def busiest_second(times: Sequence[float]) -> int:
    """Return the most of the ascending moments (seconds) that fall into one second, wherever it begins."""
    return max(
        (bisect_left(times, begin + 1) - index for index, begin in enumerate(times)), default=0
    )
