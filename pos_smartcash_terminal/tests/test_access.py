from odoo.api import call_kw
from odoo.exceptions import AccessError, UserError

from .common import SmartcashCommon

PUBLIC = {
    "register": [{}],
    "report": ["0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d", {}],
    "start": ["0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"],
    "poll": ["0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"],
    "cancel": ["0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"],
    "accept": ["0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"],
    "pending": [1],
    "lookup": ["0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"],
    "resolve": ["0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d", "returned", "why"],
    "issue_token": [1, ["status"]],
}


class TestAccess(SmartcashCommon):
    def rpc(self, user, model, method, *args):
        """What a browser of ``user`` may call."""
        return call_kw(self.env[model].with_user(user), method, list(args), {})

    def test_nobody_outside_the_pos_may_call_the_ledger(self):
        for user in (self.employee, self.portal, self.env.ref("base.public_user")):
            for method, args in PUBLIC.items():
                with self.subTest(user=user.id, method=method), self.assertRaises(AccessError):
                    self.rpc(user, "smartcash.operation", method, *args)
            with self.assertRaises(AccessError):
                self.rpc(
                    user, "smartcash.device", "note_seen", self.device.ids, {"state": "online"}
                )

    def test_only_a_manager_resolves(self):
        uuid = self.running()
        with self.assertRaises(AccessError):
            self.Operation.with_user(self.cashier).resolve(uuid, "returned", "why")

    def test_nobody_writes_the_ledger_not_even_a_manager(self):
        uuid = self.running()
        self.done(uuid)
        operation = self.operation(uuid)
        event = operation.event_ids[0]
        values = {
            "uuid": "x",
            "kind": "sale",
            "device_id": self.device.id,
            "company_id": self.company.id,
            "currency_id": self.usd.id,
        }
        administrator = self.env.ref("base.user_admin")
        for user in (self.cashier, self.manager, administrator, self.employee, self.portal):
            for model, ids, created in (
                ("smartcash.operation", operation.ids, values),
                (
                    "smartcash.operation.event",
                    event.ids,
                    {"operation_id": operation.id, "kind": "step"},
                ),
            ):
                for method, args in (
                    ("create", [created]),
                    ("write", [ids, {"message": "forged"}]),
                    ("web_save", [ids, {"message": "forged"}, {}]),
                    ("unlink", [ids]),
                    ("copy", [ids]),
                ):
                    with (
                        self.subTest(user=user.id, model=model, method=method),
                        self.assertRaises(AccessError),
                    ):
                        self.rpc(user, model, method, *args)
        self.assertEqual(len(operation.event_ids), 2)

    def test_even_the_superuser_only_adds_to_the_ledger(self):
        uuid = self.running()
        operation = self.operation(uuid)
        for function in (
            lambda: operation.sudo().write({"amount": 1}),
            lambda: operation.sudo().unlink(),
            lambda: operation.event_ids.sudo().write({"message": "forged"}),
            lambda: operation.event_ids.sudo().unlink(),
        ):
            with self.assert_invalid("cannot be", UserError):
                function()

    def test_private_methods_are_not_for_browsers(self):
        for method in ("_register_wish", "_match", "_lock", "_move", "_own_transaction"):
            with self.subTest(method=method), self.assertRaises(Exception) as caught:
                self.rpc_checked(self.manager, "smartcash.operation", method)
            self.assertIsInstance(caught.exception, AccessError)

    def rpc_checked(self, user, model, method):
        from odoo.models import check_method_name

        check_method_name(method)
        return self.rpc(user, model, method)

    def test_a_cashier_reads_devices_and_changes_none(self):
        device = self.device.with_user(self.cashier)
        self.assertEqual(device.name, "Till 1")
        for method, args in (
            ("create", [{"name": "x", "driver": "faketill"}]),
            ("write", [device.ids, {"endpoint": "http://evil.example"}]),
            ("unlink", [device.ids]),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.rpc(self.cashier, "smartcash.device", method, *args)
        with self.assertRaises(AccessError):
            self.rpc(
                self.cashier, "smartcash.rule", "create", {"payment_method_id": self.machine.id}
            )

    def test_a_manager_sets_up_devices_and_rules(self):
        device = (
            self.env["smartcash.device"]
            .with_user(self.manager)
            .create({"name": "Till 2", "driver": "faketill"})
        )
        rule = (
            self.env["smartcash.rule"]
            .with_user(self.manager)
            .create({"payment_method_id": self.machine.id})
        )
        self.assertEqual(rule.device_id, self.device)
        rule.unlink()
        device.unlink()

    def test_employees_and_customers_see_nothing(self):
        self.running()
        for user in (self.employee, self.portal):
            for model in (
                "smartcash.device",
                "smartcash.rule",
                "smartcash.operation",
                "smartcash.operation.event",
            ):
                with self.subTest(user=user.id, model=model), self.assertRaises(AccessError):
                    self.rpc(user, model, "search_read", [], ["id"])

    def test_another_company_sees_nothing(self):
        self.env["smartcash.rule"].create({"payment_method_id": self.machine.id})
        coins = [{"value": 100, "kind": "coin", "recycler": 12, "cassette": 0}]
        seen = {"inventory": {"currency": "USD", "denominations": coins}}
        self.env["smartcash.count"].take(self.session.id, "demand", seen)
        self.running()
        for model in (
            "smartcash.device",
            "smartcash.rule",
            "smartcash.operation",
            "smartcash.operation.event",
            "smartcash.count",
            "smartcash.count.line",
            "smartcash.device.level",
        ):
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(self.foreigner).search([]))
                self.assertTrue(self.env[model].with_user(self.cashier).search([]))
        with self.assertRaises(AccessError):
            self.device.with_user(self.foreigner).note_seen({"state": "online"})

    def test_what_somebody_saw_of_a_device_is_noted_and_checked(self):
        inventory = {
            "currency": "USD",
            "denominations": [{"value": 100, "kind": "coin", "recycler": 12, "cassette": 0}],
        }
        device = self.device.with_user(self.cashier)
        device.note_seen({"state": "online", "message": "Ready", "inventory": inventory})
        self.assertEqual((device.state, device.cash_inside), ("online", 12.0))
        self.assertTrue(device.last_seen)
        for values in (
            None,
            {},
            {"state": "great"},
            {"state": "online", "inventory": {"currency": 1}},
            {"state": "online", "inventory": {"currency": "USD", "denominations": "all"}},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                device.note_seen(values)
