"""The simulated CashDro, as the conformance kit plays it: reached by Odoo, and by the browser."""

from urllib.parse import urlsplit

from smartcash_simulators.cashdro.testing import CashdroSimulator
from tests.conformance.make import LineRpc, Simulated


class Cashdro(Simulated):
    name = "cashdro-server"
    driver = "cashdro"
    transport = "server"

    def open(self) -> None:
        self.machine = CashdroSimulator(speed=100)
        self.machine.start()

    def make_device(self, odoo: LineRpc) -> int:
        address = urlsplit(self.machine.http_url)
        return odoo.call(
            "smartcash.device",
            "create",
            {
                "name": self.name,
                "driver": "cashdro",
                "transport": self.transport,
                "cashdro_host": address.hostname,
                "cashdro_port": address.port,
                "cashdro_tls": "http",
                "cashdro_user": self.machine.user,
                "cashdro_password": self.machine.password,
            },
        )


class CashdroOfTheBrowser(Cashdro):
    name = "cashdro-browser"
    transport = "browser"
    drivers = ("@pos_cashdro/app/cashdro_lan_driver",)
    start = ("gateway", "startOperation")


MAKES = [Cashdro, CashdroOfTheBrowser]
