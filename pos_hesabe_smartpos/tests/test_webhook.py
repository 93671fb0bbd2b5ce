import json
from unittest.mock import patch

from odoo.tests import HttpCase
from odoo.tools import mute_logger

from ..controllers import webhook
from .common import HesabeCommon


class TestWebhook(HesabeCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.path = f"/smartcash/hesabe/{self.account.id}/{self.account.webhook_token}"
        self.hints = []
        hints = self.hints

        def hint(operations):
            hints.extend(operations.mapped("uuid"))

        self.patch(self.registry["smartcash.operation"], "_hint", hint)
        self.patch(webhook, "limits", webhook.RateLimits())

    def send(self, body, path=None):
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.url_open(
            path or self.path, data=data, headers={"Content-Type": "application/json"}
        )

    def payload(self, uuid, **values):
        """As documented for checkout."""
        return {
            "blocks": [],
            "token": "8412345",
            "amount": "1.500",
            "reference_number": self.operation(uuid)._hesabe_number(),
            "status": "SUCCESSFUL",
            "payment_type": "KNET",
            "service_type": "POS Terminal",
            "datetime": "2026-01-01 10:00:00",
            "status_code": 1,
            **values,
        }

    def test_a_hint_makes_the_till_look_and_pays_nothing(self):
        uuid = self.started()
        calls = self.hesabe.state()["calls"]
        self.assertEqual(self.send(self.payload(uuid)).status_code, 200)
        self.assertEqual(self.hints, [uuid])
        operation = self.operation(uuid)
        self.assertEqual(
            (operation.state, operation.net), ("running", 0), "the payload is not believed"
        )
        self.assertEqual(self.hesabe.state()["calls"], calls, "the answer does not wait for Hesabe")

    def test_the_same_hint_again_changes_nothing(self):
        uuid = self.started()
        self.hesabe.at("pay")
        self.call("poll", uuid)
        events = len(self.operation(uuid).event_ids)
        for _copy in range(3):
            self.assertEqual(self.send(self.payload(uuid)).status_code, 200)
        self.assertFalse(self.hints, "an old hint about what has ended")
        self.assertEqual(len(self.operation(uuid).event_ids), events)

    def test_a_hint_about_what_nobody_waits_for_wakes_the_job(self):
        uuid = self.started()
        self.call("cancel", uuid)
        self.hesabe.at("pay", late=True)
        self.send(self.payload(uuid))
        self.look_after()
        self.assertEqual(self.operation(uuid).match_state, "open")

    def test_a_hint_before_the_answer_to_the_create(self):
        uuid = self.registered()
        number = self.operation(uuid)._hesabe_number()
        self.operation(uuid).write({"hesabe_number": number, "state": "running"})
        self.send(self.payload(uuid))
        self.assertEqual(self.hints, [uuid])

    def test_who_does_not_know_the_address_is_not_heard(self):
        uuid = self.started()
        other = self.new_account(name="Other", merchant_code="1")
        for path in (
            f"/smartcash/hesabe/{self.account.id}/wrong",
            f"/smartcash/hesabe/{self.account.id}/{other.webhook_token}",
            f"/smartcash/hesabe/99999999/{self.account.webhook_token}",
            f"/smartcash/hesabe/99999999/{'-' * 43}",
        ):
            with mute_logger("odoo.http"):
                self.assertEqual(self.send(self.payload(uuid), path).status_code, 404)
        self.account.active = False
        self.assertEqual(self.send(self.payload(uuid)).status_code, 404)
        self.assertFalse(self.hints)

    def test_an_account_hears_of_its_own_terminals_only(self):
        uuid = self.started()
        other = self.new_account(name="Other", merchant_code="1")
        path = f"/smartcash/hesabe/{other.id}/{other.webhook_token}"
        self.assertEqual(self.send(self.payload(uuid), path).status_code, 200)
        self.assertFalse(self.hints)

    def test_nonsense_gets_a_quick_answer(self):
        for body in (
            " ",
            "{",
            "[]",
            "7",
            "[" * 5000,
            b"\xff\xfe",
            {"reference_number": None},
            {"reference_number": {"$gt": ""}},
            {"reference_number": ["x"]},
            {"reference_number": "x" * 1000},
            {"reference_number": "\x00"},
            {"reference_number": "SC' OR 1=1"},
            json.dumps({"reference_number": "x", "blocks": "y" * webhook.MAX_BODY}),
        ):
            with self.subTest(str(body)[:40]):
                self.assertEqual(self.send(body).status_code, 200)
        self.assertFalse(self.hints)

    def test_a_flood_is_turned_away(self):
        uuid = self.started()
        with patch.object(webhook, "limits", webhook.RateLimits(clock=lambda: 0.0)):
            codes = [
                self.send(self.payload(uuid)).status_code for _hint in range(int(webhook.BURST) + 2)
            ]
        self.assertEqual(codes, [200] * int(webhook.BURST) + [429] * 2)

    def test_a_bucket_fills_again(self):
        now = [0.0]
        limits = webhook.RateLimits(clock=lambda: now[0])
        self.assertEqual(sum(limits.admits(1) for _hint in range(200)), int(webhook.BURST))
        self.assertTrue(limits.admits(2), "each account has its own")
        now[0] = 1.0
        self.assertEqual(sum(limits.admits(1) for _hint in range(200)), int(webhook.RATE))
