"""The toy machine, as the conformance kit plays it."""

import importlib.util
from pathlib import Path

from tests.conformance.make import LineRpc, Make

_spec = importlib.util.spec_from_file_location(
    "toy_machine", Path(__file__).with_name("machine.py")
)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)


class Toy(Make):
    name = driver = "toy"

    def open(self) -> None:
        self.machine = _module.ToyMachine()
        self.machine.start()

    def close(self) -> None:
        self.machine.shutdown()
        self.machine.server_close()

    def rest(self) -> None:
        self.machine.powered = True
        self.machine.reset()

    @property
    def total(self) -> int:
        return self.machine.total

    @property
    def accepting(self) -> bool:
        return self.machine.running is not None

    def insert(self, value: int) -> None:
        self.machine.insert(value)

    def power(self, on: bool) -> None:
        self.machine.powered = on

    def make_device(self, odoo: LineRpc) -> int:
        values = {"name": "Toy", "driver": "toy", "transport": "server"}
        return odoo.call("smartcash.device", "create", {**values, "endpoint": self.machine.url})


MAKES = [Toy]
