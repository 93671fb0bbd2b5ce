from odoo.tests import tagged

from .test_two_machines import TwoMachines


@tagged("post_install", "-at_install")
class TestOperationDevice(TwoMachines):
    """Rules lead the cashier to one machine and the colleague to another: an operation stays with its
    own, whoever asks about it from where."""

    def setUp(self):
        super().setUp()
        self.both = self.open_both(20000, 10000)
        self.session = self.pos_session = self.both

    def ask(self, user, uuid, device, **progress):
        wire = {"state": "failed", "phase": "ended", "amountIn": 0, "amountOut": 0, **progress}
        report = self.Operation.with_user(user).report
        return report(uuid, wire, device) if device else report(uuid, wire)

    def test_another_machine_cannot_say_that_an_operation_never_started(self):
        uuid = self.running(self.cashier)
        for user, device in (
            (self.colleague, self.second_device.id),
            (self.colleague, None),
            (self.cashier, self.second_device.id),
            (self.manager, self.second_device.id),
        ):
            refused = self.assert_refused(self.ask(user, uuid, device), "other_device")
            self.assertEqual(refused["deviceId"], self.device.id)
            self.assertEqual(self.operation(uuid).state, "running", "its machine takes money")
        busy = self.assert_refused(self.register(self.cashier), "device_busy")
        self.assertEqual(busy["deviceId"], self.device.id)
        kept = self.ask(self.colleague, uuid, self.second_device.id, state="done", amountIn=990)
        self.assert_refused(kept, "other_device")

    def test_its_own_machine_is_believed_whoever_asks(self):
        for user in (self.cashier, self.colleague, self.manager):
            with self.subTest(user=user.name):
                uuid = self.running(self.cashier)
                self.assertEqual(self.ask(user, uuid, self.device.id)["state"], "failed")

    def test_who_registered_it_needs_not_say_which_machine(self):
        uuid = self.running(self.cashier)
        self.assertEqual(self.ask(self.cashier, uuid, None)["state"], "failed")

    def test_nonsense_is_no_device(self):
        uuid = self.running(self.cashier)
        for nonsense in ("1", True, [self.device.id], {"id": self.device.id}, -1, 1.5):
            self.assert_refused(self.ask(self.cashier, uuid, nonsense), "other_device")
            answer = self.register(self.colleague, device_id=nonsense)
            self.assertIn(answer["refused"]["code"], ("bad_values", "other_device"))

    def test_a_page_of_before_a_change_of_rules_starts_nothing(self):
        answer = self.register(self.cashier, device_id=self.device.id)
        self.assertEqual(answer["deviceId"], self.device.id)
        self.done(answer["uuid"])
        self.rules[0].device_id = self.second_device
        refused = self.assert_refused(
            self.register(self.cashier, device_id=self.device.id), "other_device"
        )
        self.assertIn("Reload the page", refused["message"])
        self.assertFalse(self.Operation.search_count([("state", "=", "running")]))

    def test_what_was_sold_without_odoo_is_written_down_where_the_money_is(self):
        answer = self.register(self.colleague, device_id=self.device.id, late=True)
        operation = self.operation(answer["uuid"])
        self.assertEqual(operation.device_id, self.device, "not where the colleague is led")
        stranger = self._device("Elsewhere", "fakeserver")
        self.assert_refused(
            self.register(self.colleague, device_id=stranger.id, late=True), "other_device"
        )

    def test_the_same_operation_cannot_move_to_another_machine(self):
        answer = self.register(self.cashier, device_id=self.device.id)
        wish = self.wish(uuid=answer["uuid"], device_id=self.second_device.id)
        self.assert_refused(self.Operation.with_user(self.cashier).register(wish), "uuid_conflict")

    def test_money_comes_out_only_of_the_machine_that_the_rule_names(self):
        uuid = self.running(self.cashier, kind="cash_out")
        issue = self.Operation.with_user(self.colleague).issue_token
        self.assert_refused(issue(self.both.id, uuid), "no_rule")

    def test_what_is_open_says_on_which_machine_it_runs(self):
        uuid = self.running(self.cashier)
        (row,) = self.Operation.with_user(self.colleague).pending(self.both.id)
        self.assertEqual((row["uuid"], row["deviceId"]), (uuid, self.device.id))
        self.assertEqual(
            (row["device"]["name"], row["device"]["driver"], row["device"]["transport"]),
            ("Till 1", "faketill", "gateway"),
        )
        self.assertNotIn("endpoint", row["device"], "this till does not talk to it")
