import json
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from odoo import Command, fields
from odoo.addons.pos_smartcash_terminal.tests.common import SmartcashCommon
from odoo.tests import tagged

from ..cashdro_client import fetch_fingerprint
from ..models.unattended import WATCHED
from ..tests_client.fake_machine import FakeMachine, no, ok, self_signed, send

PASSWORD = "s3cret&wörd"


class FakeCashdro(FakeMachine):
    """Keeps operations as a machine does; tests move the money."""

    def __init__(self, certificate=None):
        super().__init__(certificate)
        self.operations = {}
        self.levels = []
        self.numbers = count(451)
        self.lose = set()  # calls whose effect happens and whose answer is lost
        self.answers.update(
            {
                "startOperation": self._start,
                "acknowledgeOperationId": self._acknowledge,
                "askOperation": self._ask,
                "finishOperation": self._finish,
                "setOperationImported": self._imported,
                "askPendingOperations": self._pending,
                "askOperationExecuting": self._executing,
                "getPiecesCurrency": self._levels,
                "askMovements": self._movements,
                "getDiagnosis": ok({"WithError": False, "Devices": []}),
                "getAlerts": ok({"alerts": []}),
            }
        )

    def _answer(self, handler, answer):
        if self._query["operation"] in self.lose:
            handler.connection.close()
        else:
            send(handler, json.dumps(answer).encode())

    @property
    def _query(self):
        return self.calls[-1][1]

    def _start(self, handler):
        query = self._query
        if any(one["state"] in "IE" for one in self.operations.values()):
            return self._answer(handler, no(-2, "Operation not queued"))
        number = self.add(
            state="I",
            type=query["type"],
            total=json.loads(query["parameters"]).get("amount", "0"),
            posid=query["posid"],
            posuser=query["posuser"],
            aliasid=query["aliasid"],
        )
        return self._answer(handler, ok({"operationId": number}))

    def add(self, **values):
        """An operation with these fields of the machine. :returns: its number"""
        number = str(next(self.numbers))
        self.operations[number] = {
            "operationid": number,
            "state": "E",
            "total": "0",
            "totalin": "0",
            "totalout": "0",
            "amountchangenotavailable": "0",
            "imported": False,
            **values,
        }
        return number

    def set(self, number, **values):
        self.operations[number].update(values)

    def _known(self, handler):
        operation = self.operations.get(self._query["operationId"])
        if not operation:
            self._answer(handler, no(-2, "Operation not found"))
        return operation

    def _acknowledge(self, handler):
        operation = self._known(handler)
        if operation:
            operation["state"] = "E" if operation["state"] == "I" else operation["state"]
            self._answer(handler, ok())

    def _ask(self, handler):
        operation = self.operations.get(self._query["operationId"])
        if operation is None:
            return self._answer(handler, no(-1, "Authentication Failed"))
        shown = {key: value for key, value in operation.items() if key != "imported"}
        return self._answer(handler, ok({"operation": shown, "messages": [], "withError": "false"}))

    def _finish(self, handler):
        operation = self._known(handler)
        if not operation:
            return None
        if operation["state"] != "E":
            return self._answer(handler, no(-2, "Operation not in execution"))
        operation["state"] = "F"
        if self._query["type"] != "1":
            operation["totalout"] = f"-{operation['totalin']}"
        return self._answer(handler, ok())

    def _imported(self, handler):
        operation = self._known(handler)
        if operation:
            operation["imported"] = True
            self._answer(handler, ok())

    def _pending(self, handler):
        query = self._query
        terminals = [query["terminal"]]
        if query["importManualOperations"] == "true":
            terminals.append("")
        numbers = [
            {"OperationId": number}
            for number, operation in self.operations.items()
            if operation["state"] == "F"
            and not operation["imported"]
            and operation.get("posid", "") in terminals
        ]
        self._answer(handler, ok({"pendingOperations": numbers}))

    def _executing(self, handler):
        running = [
            number for number, operation in self.operations.items() if operation["state"] in "IE"
        ]
        self._answer(handler, ok({"OperationId": running[0] if running else "0"}))

    def _levels(self, handler):
        self._answer(handler, ok({"pieces": self.levels}))

    def _movements(self, handler):
        moved = [
            {
                "OperationId": number,
                "Type": operation.get("type", "4"),
                "Amount": operation["total"],
                "AmountIn": operation["totalin"],
                "AmountOut": operation["totalout"],
                "AliasId": operation.get("aliasid", ""),
            }
            for number, operation in self.operations.items()
            if operation["state"] == "F"
        ]
        self._answer(handler, ok({"movements": moved}))

    def starts(self):
        return self.named("startOperation")


@tagged("post_install", "-at_install")
class CashdroCommon(SmartcashCommon):
    """A POS whose cash is in a CashDro that answers over http."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.basic_config.payment_method_ids = [Command.unlink(cls.machine.id)]
        cls.device = cls._device(
            "CashDro",
            "cashdro",
            cashdro_host="127.0.0.1",
            cashdro_tls="http",
            cashdro_user="pos",
            cashdro_password=PASSWORD,
            cashdro_rounding=0.01,
            cashdro_busy_seconds=0,
        )
        cls.machine = cls._method("CashDro", cls._cash_journal("CashDro", "CDR"), cls.device)
        cls.basic_config.payment_method_ids = [Command.link(cls.machine.id)]

    def setUp(self):
        super().setUp()
        self.cashdro = FakeCashdro()
        self.cashdro.__enter__()
        self.addCleanup(self.cashdro.__exit__)
        self.device.cashdro_port = self.cashdro.port
        # The engine commits: with one cursor for all, its commits end with the test.
        self.registry.enter_test_mode(self.cr)
        self.addCleanup(self.registry.leave_test_mode)

    def secure_machine(self):
        """:returns: a machine with a certificate of its own, and the device's fields that pin it"""
        folder = self.enterContext(TemporaryDirectory())
        certificate = self_signed(Path(folder) / "machine.pem", "cashdro.invalid")
        machine = self.enterContext(FakeCashdro(certificate))
        pinned = {
            "cashdro_port": machine.port,
            "cashdro_tls": "pin",
            "cashdro_fingerprint": fetch_fingerprint("127.0.0.1", machine.port),
        }
        return machine, pinned

    def call(self, method, uuid, user=None):
        return getattr(self.Operation.with_user(user or self.cashier), method)(uuid)

    def operation(self, uuid):
        return super().operation(uuid).sudo()

    def started(self, **values):
        """A registered and started operation. :returns: (uuid, the machine's number)"""
        uuid = self.running(**values)
        answer = self.call("start", uuid)
        self.assertEqual(answer["state"], "running", answer)
        return uuid, answer["deviceRef"]

    def finished(self, number, amount_in=0, amount_out=0, **values):
        self.cashdro.set(
            number, state="F", totalin=str(amount_in), totalout=str(-amount_out), **values
        )

    def look_after(self, waited=2 * WATCHED):
        """The scheduled job, so long after what was done last."""
        # The job works in transactions of its own.
        self.env.flush_all()
        self.cr.execute(
            "UPDATE smartcash_operation SET write_date = %s", [fields.Datetime.now() - waited]
        )
        self.env.invalidate_all()
        self.env["smartcash.device"]._cron_cashdro_look_after()
        self.env.invalidate_all()
