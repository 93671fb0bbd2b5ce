"""A shop in a browser, whose cash is in a (simulated) CashDro behind the Odoo server."""

from urllib.parse import urlsplit

from odoo.addons.pos_smartcash_terminal.tests.common_tours import MachineTourCase, Simulator, call

USER, PASSWORD = "till", "s3cret&w+rd %"


class CashdroSimulator(Simulator):
    """The machine, and what it remembers. Amounts: minor units."""

    def __init__(self, **values):
        super().__init__(
            "smartcash_simulators.cashdro",
            *("--http-port", "0", "--user", f"{USER}:{PASSWORD}"),
            **values,
        )
        where = urlsplit(self.addresses["cashdro"])
        self.host, self.port = where.hostname, where.port
        self.fingerprint = self.addresses["fingerprint"]

    def operations(self):
        """All that it remembers, oldest first."""
        return call("GET", f"{self.web}/api/operations")[1]


class CashdroTourCase(MachineTourCase):
    """One shop whose cash is a CashDro that keeps a certificate of its own."""

    make = "cashdro"
    method_name = "CashDro"

    @classmethod
    def make_simulator(cls):
        return CashdroSimulator(currency=cls.currency)

    @classmethod
    def make_device(cls, name="CashDro", simulator=None, **values):
        simulator = simulator or cls.simulator
        account = cls.env["account.account"].create(
            {
                "name": f"Rounding of {name}",
                "code": f"ROUND.{simulator.port}",
                "account_type": "expense",
            }
        )
        return cls.env["smartcash.device"].create(
            {
                "name": name,
                "driver": cls.make,
                "transport": "server",
                "rounding_account_id": account.id,
                "cashdro_host": simulator.host,
                "cashdro_port": simulator.port,
                "cashdro_tls": "pin",
                "cashdro_fingerprint": simulator.fingerprint,
                "cashdro_user": USER,
                "cashdro_password": PASSWORD,
                **values,
            }
        )

    def minor(self, amount):
        return round(amount * 100)

    def assert_every_cent(self):
        super().assert_every_cent()
        self.assert_in_step_with_machine()

    def assert_in_step_with_machine(self):
        """What the machine has in its own books is in ours, and it knows that."""
        remembered = {str(one["id"]): one for one in self.simulator.operations()}
        for operation in self.operations().filtered("device_ref"):
            said = remembered[operation.device_ref]
            self.assertEqual(said["aliasid"], operation.uuid)
            self.assertEqual(
                (said["total_in"], said["total_out"]),
                (operation._minor("amount_in"), operation._minor("amount_out")),
            )
            self.assertTrue(said["imported"], "the machine still reminds us of it")
