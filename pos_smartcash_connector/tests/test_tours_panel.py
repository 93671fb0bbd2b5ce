import threading
import time
import uuid

from odoo.addons.pos_smartcash_terminal.tests.common_tours import call
from odoo.tests import tagged

from .common_tours import CashlogyTourCase


class PanelCase(CashlogyTourCase):
    def rule(self, **values):
        return self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine_method.id, "right_by_hand": True, **values}
        )

    def cut_off_gateway_after(self, inserted):
        """Kill the gateway once that much is in the machine, and start it again."""

        def cut():
            end = time.monotonic() + 60
            while self.simulator.state()["inserted"] < inserted and time.monotonic() < end:
                time.sleep(0.1)
            time.sleep(0.5)
            self.gateway.kill()
            time.sleep(3)
            self.gateway.start()

        thread = threading.Thread(target=cut)
        thread.start()
        self.addCleanup(thread.join)

    def assert_by_hand(self, operation, kind="sale", amount=9.9):
        """Booked as done by a person, and in the books."""
        moved = {"sale": "amount_in", "refund": "amount_out"}[kind]
        self.assert_operation(
            operation,
            kind=kind,
            state="done",
            evidence="manual",
            match_state="matched",
            amount=amount,
            **{moved: amount},
        )


def left_by_another_browser(case, session):
    """A sale that runs on the machine, long ago registered by a page that is gone."""
    operations = case.env["smartcash.operation"].with_user(case.pos_user)
    values = {"kind": "sale", "amount": 990, "currency": "EUR", "reference": "Order 1"}
    answer = operations.register(
        {
            **values,
            "uuid": str(uuid.uuid4()),
            "session_id": session.id,
            "payment_method_id": case.machine_method.id,
            "order_uid": "00009-009-0009",
            "order_name": "Order 00009-009-0009",
            "cashier": "Berta",
        }
    )
    case.assertEqual(answer.get("state"), "running", answer)
    operations.report(
        answer["uuid"], {"state": "running", "phase": "accepting", "cancellable": True}
    )
    token = operations.issue_token(session.id, ["status", "sale"], case.device.id)["token"]
    url = f"{case.gateway.url}/v1/operations/{answer['uuid']}"
    case.assertEqual(call("PUT", url, {**values, "allow_partial": False}, token)[0], 201)
    case.addCleanup(call, "POST", f"{url}/cancel", {}, token)
    return operations.sudo().search([("uuid", "=", answer["uuid"])])


@tagged("post_install", "-at_install", "smartcash_tour")
class TestMachinePanel(PanelCase):
    """What the navbar tells about the machine and about what is open."""

    def test_a_machine_that_is_ready(self):
        self.run_tour("SmartcashPanelReady")

    def test_a_machine_that_is_off(self):
        self.open_session()
        self.simulator.post("power", on=False)
        self.run_tour("SmartcashPanelMachineOff")

    def test_a_question_of_this_till_and_then_another_browser_of_a_manager(self):
        self.cut_off_gateway_after(500)
        self.run_tour("SmartcashPanelQuestion")
        operation = self.operations()
        self.assert_operation(operation, state="unknown", amount_in=5, match_state="open")
        # Another browser: nothing of this operation is in its storage.
        self.run_tour("SmartcashPanelManager", login="pos_admin")
        operation.invalidate_recordset()
        self.assert_operation(operation, state="cancelled", resolution="returned")

    def test_another_browser_finishes_what_the_first_one_left(self):
        self.open_session()
        left = left_by_another_browser(self, self.main_pos_config.current_session_id)
        self.run_tour("SmartcashPanelFinishesForAnother")
        left.invalidate_recordset()
        self.assert_operation(left, state="cancelled", evidence="signed", amount_in=0)
        self.assert_every_cent()

    def test_a_report_that_odoo_refuses_is_shown(self):
        refuse = {"op": "somebody else's"}
        cashlogy = type(self.env["smartcash.driver.cashlogy"])
        self.patch(cashlogy, "_verify", lambda driver, operation, signature: refuse)
        self.run_tour("SmartcashPanelRefusedReport")


@tagged("post_install", "-at_install", "smartcash_tour")
class TestPanelOfTwoMachines(PanelCase):
    """Rules lead one cashier to one machine and the other one to another."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.second_simulator = cls.make_simulator()
        cls.addClassCleanup(cls.second_simulator.process.stop)
        cls.second_device, second_gateway = cls.make_gateway_device("Till 2", cls.second_simulator)
        cls.addClassCleanup(second_gateway.stop)
        cls.env["smartcash.rule"].create(
            [
                {
                    "payment_method_id": cls.machine_method.id,
                    "user_id": user.id,
                    "device_id": device.id,
                }
                for user, device in (
                    (cls.pos_user, cls.device),
                    (cls.pos_admin, cls.second_device),
                )
            ]
        )

    def test_a_colleague_s_running_sale_is_shown_and_not_looked_up_at_the_own_machine(self):
        self.open_session(self.device, self.second_device)
        left = left_by_another_browser(self, self.main_pos_config.current_session_id)
        self.run_tour("SmartcashPanelOfAnotherMachine", login="pos_admin")
        left.invalidate_recordset()
        self.assert_operation(left, state="running", device_id=self.device)
        self.run_tour("SmartcashPanelFinishesForAnother")
        left.invalidate_recordset()
        self.assert_operation(left, state="cancelled", evidence="signed", amount_in=0)


@tagged("post_install", "-at_install", "smartcash_tour")
class TestTakeByHand(PanelCase):
    """The machine is down: who may, takes the cash by hand; it is booked once, or not at all."""

    def test_the_machine_is_off(self):
        self.rule()
        self.open_session()
        self.simulator.post("power", on=False)
        self.run_tour("SmartcashTakeByHand")
        order = self.assert_order(("Cashlogy", 9.9))
        self.assertEqual(order.amount_return, 0)
        self.assert_by_hand(self.operations().filtered(lambda one: one.evidence == "manual"))
        self.assert_every_cent()

    def test_the_gateway_is_down(self):
        self.rule()
        self.open_session()
        self.gateway.kill()
        self.addCleanup(self.gateway.start)
        self.run_tour("SmartcashTakeByHandGatewayDown")
        self.assert_order(("Cashlogy", 9.9))
        failed, by_hand = self.operations()
        self.assert_operation(failed, state="failed", amount_in=0)
        self.assert_by_hand(by_hand)
        self.assert_every_cent()

    def test_without_the_right_it_is_not_offered(self):
        self.rule(right_by_hand=False)
        self.open_session()
        self.simulator.post("power", on=False)
        self.run_tour("SmartcashTakeByHandNotAllowed")
        self.assertNotIn("manual", self.operations().mapped("evidence"))
        self.assertFalse(self.pos_session.order_ids.filtered(lambda one: one.state == "paid"))

    def test_a_right_that_was_withdrawn_is_refused_and_nothing_is_booked(self):
        self.rule()
        self.run_tour("SmartcashTakeByHandRightWithdrawn", login="pos_admin")
        self.assertFalse(self.operations())
        self.assertFalse(self.pos_session.order_ids.payment_ids)

    def test_a_reload_while_odoo_is_asked_books_it_once(self):
        self.rule()
        self.run_tour("SmartcashTakeByHandReload")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_by_hand(self.operations())
        self.assert_every_cent()

    def test_without_odoo_a_sale_by_hand_goes_on_and_is_booked_later(self):
        self.rule()
        self.run_tour("SmartcashTakeByHandOffline")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_by_hand(self.operations())
        self.assert_every_cent()

    def test_a_refund_by_hand_waits_for_odoo(self):
        self.rule()
        self.run_tour("SmartcashRefundByHand")
        self.assert_order(("Cashlogy", -9.9))
        self.assert_by_hand(self.operations(), kind="refund")
        self.assert_every_cent()

    def test_by_hand_takes_the_exact_amount_only(self):
        self.rule()
        self.run_tour("SmartcashTakeByHandNotMoreThanDue")
        self.assertFalse(self.operations())

    def test_by_hand_is_never_possible_while_the_machine_works(self):
        self.rule()
        self.run_tour("SmartcashTakeByHandNotWhileItRuns")
        self.assert_order(("Cashlogy", 9.9))
        self.assert_operation(self.operations(), state="done", evidence="signed", amount_in=10)
        self.assert_every_cent()
