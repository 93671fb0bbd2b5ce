from unittest.mock import patch

from odoo.tests import tagged

from .test_cash_control import CashControl


@tagged("post_install", "-at_install")
class TestKiosk(CashControl):
    """Odoo's kiosks delete what nobody has paid, then close: only once the cash is counted."""

    def setUp(self):
        super().setUp()
        self.session = self.pos_session = self.open(20000)
        data = self.create_ui_order_data([(self.product, 1)])
        data["data"].update(amount_paid=0, statement_ids=[])
        saved = self.env["pos.order"].with_user(self.cashier).create_from_ui([data], draft=True)
        self.order = self.env["pos.order"].browse(saved[0]["id"])
        # Each click in the back end is a transaction of its own.
        self.env.flush_all()
        self.registry.enter_test_mode(self.cr)
        self.addCleanup(self.registry.leave_test_mode)
        config_class = self.registry["pos.config"]
        for name, value in (
            ("action_close_kiosk_session", close_kiosk),
            ("_smartcash_is_kiosk", lambda config: True),
        ):
            self.startPatcher(patch.object(config_class, name, value, create=True))

    def click(self, records, method):
        with self.registry.cursor() as cr:
            records = records.with_env(self.env(cr=cr, user=self.manager.id))
            answer = getattr(records, method)()
        self.env.invalidate_all()
        return answer

    def test_nothing_is_deleted_before_the_cash_is_counted(self):
        action = self.click(self.config, "action_close_kiosk_session")
        self.assertEqual(action["res_model"], "smartcash.close.session")
        self.assertTrue(self.order.exists())
        self.assertEqual(self.session.state, "opened")

    def test_the_count_closes_the_kiosk_as_its_own_button_would(self):
        action = self.click(self.config, "action_close_kiosk_session")
        wizard = (
            self.env["smartcash.close.session"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"machine": 200, "reason": "A kiosk"})
        )
        self.env.flush_all()
        self.click(wizard, "action_close")
        self.assertEqual((self.session.state, self.order.exists()), ("closed", self.order.browse()))
        self.assertEqual(self.items(self.session), [])

    def test_what_is_found_without_an_operation_stays_found(self):
        _data, paid = self.sync(9.90, None)
        self.env.flush_all()
        action = self.click(self.config, "action_close_kiosk_session")
        self.assertEqual(action["res_model"], "smartcash.operation")
        self.assertTrue(self.order.exists())
        found = self.Operation.search(action["domain"])
        self.assertEqual(found.uuid, paid.payment_ids.smartcash_uuid)
        self.assertEqual(found.match_state, "open")


def close_kiosk(config):
    """As pos_self_order has it."""
    session = config.current_session_id
    session.order_ids.filtered(lambda order: order.state not in ("paid", "invoiced")).unlink()
    return session.action_pos_session_closing_control()
