"""The simulated Cashlogy behind its gateway, as the conformance kit plays it."""

from smartcash_simulators.cashlogy.testing import CashlogySimulator
from tests.conformance.make import LineRpc, Simulated
from tests.schedules.gateway_process import GatewayProcess


class Cashlogy(Simulated):
    name = driver = "cashlogy"
    drivers = ("@pos_smartcash_connector/app/gateway_driver",)
    start = ("gateway", "PUT")

    def open(self) -> None:
        self.machine = CashlogySimulator(speed=100)
        self.machine.start()
        self.gateway = GatewayProcess(device="", key="")
        self.gateway.connector = self.machine.connector

    def close(self) -> None:
        self.gateway.remove()
        super().close()

    def rest(self) -> None:
        self.gateway.kill()
        super().rest()
        self.gateway.renew()
        self.gateway.wait_online()

    def make_device(self, odoo: LineRpc) -> int:
        values = {"name": "Cashlogy", "driver": "cashlogy", "endpoint": self.gateway.url}
        device = odoo.call("smartcash.device", "create", values)
        dialog = odoo.call("smartcash.device", "action_new_pairing_key", [device])
        (row,) = odoo.call("smartcash.device", "read", [device], ["uid"])
        self.gateway.pair(row["uid"], dialog["context"]["default_pairing_key"])
        return device


MAKES = [Cashlogy]
