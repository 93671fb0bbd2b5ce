import json
import logging
from pathlib import Path

from odoo.exceptions import AccessError

from ..tests_client.fake_machine import no
from .common import PASSWORD, CashdroCommon

NEUTRALIZE = Path(__file__).parent.parent / "data" / "neutralize.sql"


class TestSecrets(CashdroCommon):
    """The machine's user and password stay on the server, and with managers."""

    def test_a_till_is_told_nothing_secret(self):
        self.env["smartcash.rule"].create(
            {
                "payment_method_id": self.machine.id,
                "user_id": self.cashier.id,
                "cashdro_user": "ana",
                "cashdro_password": "rule's own",
            }
        )
        loaded = json.dumps(
            self.session.with_user(self.cashier).load_pos_data(), default=str, ensure_ascii=False
        )
        self.assertIn("CashDro", loaded)
        for secret in (PASSWORD, "rule's own", f"127.0.0.1:{self.cashdro.port}"):
            self.assertNotIn(secret, loaded)

    def test_cashiers_do_not_read_them(self):
        device = self.device.with_user(self.cashier)
        for name in ("cashdro_user", "cashdro_password"):
            with self.assertRaises(AccessError):
                device.read([name])
            self.assertNotIn(name, device.fields_get())
        uuid, _number = self.started()
        with self.assertRaises(AccessError):
            self.operation(uuid).with_user(self.cashier).read(["cashdro_address"])

    def test_they_are_not_copied(self):
        copy = self.device.copy()
        self.assertFalse(copy.cashdro_user or copy.cashdro_password or copy.cashdro_fingerprint)

    def test_they_are_in_no_answer_event_or_log(self):
        with self.assertLogs(level=logging.DEBUG) as logs:
            for answer in (no(-77, PASSWORD), b"<html>" + PASSWORD.encode(), no(-1, PASSWORD)):
                self.cashdro.answers["startOperation"] = answer
                uuid = self.running()
                told = json.dumps(self.call("start", uuid), ensure_ascii=False)
                operation = self.operation(uuid)
                events = operation.event_ids.mapped("message") + [
                    json.dumps(data, ensure_ascii=False)
                    for data in operation.event_ids.mapped("data")
                ]
                self.assertNotIn(PASSWORD, told + " ".join(filter(None, events)))
                if operation.state == "running":
                    operation._move("unknown")
        self.assertNotIn(PASSWORD, "\n".join(logs.output))

    def test_a_copy_of_the_database_reaches_no_machine(self):
        uuid, _number = self.started()
        self.env.flush_all()
        self.env.cr.execute(NEUTRALIZE.read_text())
        self.env.invalidate_all()
        self.assertFalse(self.device.cashdro_password or self.operation(uuid).cashdro_address)
        # An empty host would be the address of whoever asks.
        self.assertEqual(self.device.cashdro_host, "neutralized.invalid")
        self.cashdro.calls.clear()
        self.call("poll", uuid)
        self.look_after()
        self.assertFalse(self.cashdro.calls)
