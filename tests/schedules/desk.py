"""A machine and the gateway beside it."""

from typing import Any

from tests.machine import Machine
from tests.played_make import DRIVER
from tests.schedules.gateway_process import GatewayProcess
from tests.schedules.odoo_ledger import Device

#: Pieces move that much faster than in a real machine.
SPEED = 100
#: A float that small sales empty and large refunds exhaust.
SCARCE = [
    {"value": 10, "recycler": 12},
    {"value": 50, "recycler": 3},
    {"value": 1000, "recycler": 2},
]


class Desk:
    """One machine of a till. One that nobody goes to all day is not even switched on."""

    def __init__(self, device: Device, machine: Machine, gateway: GatewayProcess) -> None:
        self.device, self.machine, self.gateway = device, machine, gateway
        self.first_total = 0
        self.awake = False
        self._plugged_in = False
        self._scarce = False

    @classmethod
    def new(cls, device: Device) -> "Desk":
        """A machine and its gateway, both to be started when somebody needs them."""
        return cls(
            device,
            Machine(speed=SPEED),
            GatewayProcess(device=device.uid, key=device.key),
        )

    def rest(self, *, scarce: bool) -> None:
        """The day before is over; this is how it will be found."""
        self.gateway.kill()
        self.awake = False
        self._scarce = scarce

    def wake(self) -> None:
        """A sound machine and a gateway without a past, once a day."""
        if self.awake:
            return
        if not self._plugged_in:
            self.machine.start()
            self.gateway.connector = self.machine.connector
            self._plugged_in = True
        self.machine.power(True)
        self.machine.clear_faults()
        self.machine.reset(**({"pieces": SCARCE} if self._scarce else {"float": "standard"}))
        self.first_total = self.machine.state()["physical_total"]
        self.gateway.renew()
        self.gateway.wait_online()
        self.awake = True

    def as_told(self) -> dict[str, Any]:
        """What a till knows of the device."""
        return {
            "id": self.device.id,
            "uid": self.device.uid,
            "users": self.device.users,
            "driver": DRIVER,
            "transport": "gateway",
            "endpoint": self.gateway.url,
        }

    def close(self) -> None:
        self.gateway.remove()
        if self._plugged_in:
            self.machine.stop()

    @property
    def moved(self) -> int:
        """What the machine physically holds more than in the morning, minor units."""
        return self.machine.state()["physical_total"] - self.first_total if self.awake else 0

    @property
    def miscounted(self) -> int:
        """Physically there, and not in the machine's own books."""
        if not self.awake:
            return 0
        state = self.machine.state()
        return state["physical_total"] - state["total"]
