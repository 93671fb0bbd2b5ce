"""What the tours need around them: a simulated Cashlogy and a gateway, each a real process."""

import tempfile
import time
from pathlib import Path

import requests
from odoo.addons.pos_smartcash_terminal.tests.common_tours import (
    START_TIMEOUT,
    MachineTourCase,
    Process,
    Simulator,
    call,
    free_port,
)


class Gateway:
    """The gateway of one device, in front of one simulator."""

    def __init__(self, *, connector, device_uid, pairing_key, origin, currency="EUR"):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.folder = tempfile.TemporaryDirectory()
        self.environment = {
            "SMARTCASH_GATEWAY_LISTEN": self.url.removeprefix("http://"),
            "SMARTCASH_GATEWAY_CONNECTOR": connector,
            "SMARTCASH_GATEWAY_DEVICE": device_uid,
            "SMARTCASH_GATEWAY_PAIRING_KEY": pairing_key,
            "SMARTCASH_GATEWAY_ORIGINS": origin,
            "SMARTCASH_GATEWAY_CURRENCY": currency,
            "SMARTCASH_GATEWAY_JOURNAL": str(Path(self.folder.name) / "journal.sqlite"),
        }
        self.start()

    def start(self):
        self.process = Process("smartcash_gateway", "run", environment=self.environment)
        self.wait_online()

    def kill(self):
        """As if somebody pulled the plug of the till."""
        self.process.popen.kill()
        self.process.stop()

    def wait_online(self):
        end = time.monotonic() + START_TIMEOUT
        while True:
            try:
                health = call("GET", f"{self.url}/v1/health")[1]
            except requests.ConnectionError as error:
                health = {"error": str(error)}
            if health.get("device_state") == "online":
                return
            if time.monotonic() > end:
                raise AssertionError(f"The gateway is not ready: {health} {self.process.stderr()}")
            time.sleep(0.05)

    def stop(self):
        self.process.stop()
        self.folder.cleanup()


class CashlogyTourCase(MachineTourCase):
    """One shop whose cash is a Cashlogy."""

    make = "cashlogy"
    method_name = "Cashlogy"

    @classmethod
    def make_simulator(cls):
        return Simulator("smartcash_simulators.cashlogy", currency=cls.currency)

    @classmethod
    def make_device(cls):
        device, cls.gateway = cls.make_gateway_device("Till 1", cls.simulator)
        cls.addClassCleanup(cls.gateway.stop)
        return device

    @classmethod
    def make_gateway_device(cls, name, simulator):
        device = cls.env["smartcash.device"].create(
            {"name": name, "driver": "cashlogy", "transport": "gateway"}
        )
        device.action_new_pairing_key()
        gateway = Gateway(
            connector=simulator.addresses["connector"],
            device_uid=device.uid,
            pairing_key=device.sudo().gateway_pairing_key,
            origin=cls.base_url(),
            currency=cls.currency,
        )
        device.endpoint = gateway.url
        return device, gateway

    def setUp(self):
        super().setUp()
        self.gateway.wait_online()
