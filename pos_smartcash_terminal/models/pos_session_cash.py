from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..money import from_minor, to_minor
from ..progress import ENDED
from ..registration import Refused

OPEN = ("opened", "closing_control")
OPENABLE = ("opening_control", "opened")
#: What the closing screen explains the expected amount with, minor units.
CAUSES = (
    "opening",
    "salesIn",
    "change",
    "refunds",
    "cashIn",
    "cashOut",
    "filled",
    "emptied",
    "exchanged",
    "rounding",
    "byHand",
)
#: Of those, the ones that are the net of one kind of operation, or of several.
NET_CAUSES = {
    "refund": "refunds",
    "cash_in": "cashIn",
    "cash_out": "cashOut",
    "fill": "filled",
    "collect": "emptied",
    "empty": "emptied",
    "exchange": "exchanged",
    "transfer": "exchanged",
}


class PosSession(models.Model):
    """Opening and closing with a cash machine: the machine is counted, nobody types what it holds.

    What the session's books expect is split into the machine's part and the drawer's: cash that a
    person took or gave instead of the machine.
    """

    _inherit = "pos.session"

    smartcash_count_ids = fields.One2many("smartcash.count", "session_id", string="Counts")

    # ---- which machine --------------------------------------------------------------------------

    def _smartcash_method(self):
        """The payment method whose cash is in a machine; empty when cash is in a drawer."""
        self.ensure_one()
        return (
            self.config_id.sudo()
            .payment_method_ids.filtered(
                lambda method: method.is_cash_count and method._is_smartcash_machine()
            )
            .sudo()[:1]
        )

    def _smartcash_machine(self):
        """:returns: the payment method and the device of this session's cash
        :raise Refused: there is no machine"""
        method = self._smartcash_method()
        if not method:
            raise Refused("no_machine", _("%s has no cash machine.", self.config_id.name))
        admission = self.env["smartcash.rule"]._admit(method, self.config_id, self.env.user)
        return method, admission[method.id].device or method.smartcash_device_id

    def _smartcash_last_count(self, moment, device):
        return self.env["smartcash.count"].search(
            [("session_id", "=", self.id), ("moment", "=", moment), ("device_id", "=", device.id)],
            limit=1,
        )

    def _smartcash_other_open_sessions(self, device):
        """Sessions of other points of sale that work with the machine now."""
        return self.sudo().search(
            [
                ("state", "in", OPEN),
                ("config_id", "!=", self.config_id.id),
                ("config_id.payment_method_ids.smartcash_device_id", "=", device.id),
                ("rescue", "=", False),
            ]
        )

    # ---- what the books expect ---------------------------------------------------------------

    def _smartcash_books(self, method, device, moment):
        """What should be in the machine and in the drawer, minor units.

        :returns: ``expected``: this session's part of the machine; ``others``: the parts of the other
            points of sale on it; ``hand``: the drawer; ``shared_with``: other sessions that are open
        """
        if moment == "opening":
            expected, hand = self._smartcash_left_over(device)
        else:
            expected, hand = self._smartcash_content(method, device)
        others = self.env["pos.config"].search(
            [
                ("payment_method_ids.smartcash_device_id", "=", device.id),
                ("id", "!=", self.config_id.id),
            ]
        )
        elsewhere = 0
        for config in others:
            last = self.search([("config_id", "=", config.id), ("rescue", "=", False)], limit=1)
            if not last:
                continue
            if last.state == "opening_control":
                elsewhere += last._smartcash_left_over(device)[0]
            else:
                elsewhere += last._smartcash_content(last._smartcash_method(), device)[0]
        return {
            "expected": expected,
            "others": elsewhere,
            "hand": hand,
            "shared_with": self._smartcash_other_open_sessions(device),
        }

    def _smartcash_left_over(self, device):
        """What the session before this one left in the machine and in the drawer."""
        last = self.search(
            [("config_id", "=", self.config_id.id), ("id", "<", self.id), ("rescue", "=", False)],
            limit=1,
        )
        count = last._smartcash_last_count("closing", device) if last else False
        if count:
            return count._minor("share"), count._minor("hand")
        # The first session with the machine: the drawer's cash is to be put into it.
        return self._smartcash_to_minor(last.cash_register_balance_end_real, device), 0

    def _smartcash_content(self, method, device):
        """The machine's and the drawer's part of an open session; what was counted of a closed one."""
        if self.state == "closed":
            count = self._smartcash_last_count("closing", device)
            if count:
                return count._minor("share"), count._minor("hand")
        return self._smartcash_expected(method, device)

    def _smartcash_expected(self, method, device):
        """What the opening and the operations of this session add up to, in machine and drawer."""
        count = self._smartcash_last_count("opening", device)
        if count:
            machine, hand = count._minor("share"), count._minor("hand")
        else:
            machine, hand = self._smartcash_to_minor(self.cash_register_balance_start, device), 0
        moved = self._smartcash_moved(method, device)
        return machine + moved[False], hand + moved[True]

    def _smartcash_moved(self, method, device):
        """:returns: ``{by hand?: net in minor units}`` of this session's operations"""
        moved = {True: 0, False: 0}
        groups = self.env["smartcash.operation"]._read_group(
            [
                ("session_id", "=", self.id),
                ("payment_method_id", "=", method.id),
                ("device_id", "=", device.id),
                ("state", "in", tuple(ENDED)),
            ],
            ["evidence"],
            ["net:sum"],
        )
        for evidence, net in groups:
            moved[evidence == "manual"] += self._smartcash_to_minor(net, device)
        return moved

    @api.model
    def _smartcash_to_minor(self, amount, device):
        return to_minor(amount or 0.0, device.currency_id.decimal_places)

    # ---- opening ----------------------------------------------------------------------------------

    def action_pos_session_open(self):
        """An order that comes after the closing gets a session of its own, to which core gives no
        balance: the next opening would book all that is in the machine as found."""
        late = self.filtered(lambda session: session.rescue and session.state == "opening_control")
        result = super().action_pos_session_open()
        for session in late:
            if session._smartcash_method():
                last = session.search(
                    [("config_id", "=", session.config_id.id), ("id", "<", session.id)], limit=1
                )
                left = last.cash_register_balance_end_real
                session.write(
                    {"cash_register_balance_start": left, "cash_register_balance_end_real": left}
                )
        return result

    def set_cashbox_pos(self, cashbox_value, notes):
        """Core opens whatever session it is told to, however often: a closed one, or one with sales."""
        self.ensure_one()
        self.env.cr.execute("SELECT state FROM pos_session WHERE id = %s FOR UPDATE", [self.id])
        has_machine = bool(self._smartcash_method()) and not self.rescue
        is_same = self.currency_id.is_zero(cashbox_value - self.cash_register_balance_start)
        if has_machine and self.state == "opened" and is_same:
            return None  # said twice, by a double click or a second tab
        # Of a drawer an open session may be counted once more, as core has it.
        if self.state not in (("opening_control",) if has_machine else OPENABLE):
            raise UserError(
                _(
                    "%(session)s is not being opened (%(state)s). Nothing was changed. Reload the page.",
                    session=self.name,
                    state=dict(self._fields["state"]._description_selection(self.env))[self.state],
                )
            )
        if has_machine:
            self.sudo()._smartcash_check_opening(cashbox_value)
        return super().set_cashbox_pos(cashbox_value, notes)

    def _smartcash_check_opening(self, cashbox_value):
        _method, device = self._smartcash_machine()
        count = self._smartcash_last_count("opening", device)
        if not count:
            raise UserError(
                _("%s has not been counted yet. Press “Count again”.", device.display_name)
            )
        self._smartcash_note_hand(count, cashbox_value)

    def _smartcash_note_hand(self, count, counted):
        """What was counted beside the machine is in the drawer.

        :raise UserError: the amount is below what the machine holds for this session"""
        decimals = count.currency_id.decimal_places
        hand = to_minor(counted, decimals) - count._minor("share")
        if hand < min(0, count._minor("hand")):
            raise UserError(
                _(
                    "%(device)s holds %(share)s for this Point of Sale, which is more than %(counted)s. "
                    "Count again.",
                    device=count.device_id.name,
                    share=count.currency_id.format(count.share),
                    counted=count.currency_id.format(counted),
                )
            )
        count.hand = from_minor(hand, decimals)

    def message_post(self, **kwargs):
        """A cashier without an e-mail address can open and close: core's messages would refuse."""
        if not self.env.su and not self.env.user.email:
            self = self.sudo()
        return super().message_post(**kwargs)

    # ---- closing ----------------------------------------------------------------------------------

    def get_closing_control_data(self):
        data = super().get_closing_control_data()
        data["smartcash"] = self.sudo()._smartcash_closing_data()
        if data["smartcash"] and data.get("default_cash_details"):
            # Booked at the closing, so that what is expected is what the machine holds.
            decimals = self.currency_id.decimal_places
            data["default_cash_details"]["amount"] -= from_minor(
                self.sudo()._smartcash_rounding_to_book(), decimals
            )
        return data

    def _smartcash_closing_data(self):
        if not self._smartcash_method() or self.rescue:
            return None
        method, device = self._smartcash_machine()
        machine, hand = self._smartcash_content(method, device)
        running, questions = self._smartcash_unsettled()
        return {
            "methodId": method.id,
            "deviceId": device.id,
            "currency": device.currency_id.name,
            "expected": machine,
            "handExpected": hand,
            "running": [operation._pending_data() for operation in running],
            "open": [operation._pending_data() for operation in questions],
            "sharedWith": self._smartcash_other_open_sessions(device).config_id.mapped("name"),
            "cause": self._smartcash_causes(method, device),
        }

    def _smartcash_causes(self, method, device):
        """How the expected amount came about, minor units."""
        causes = dict.fromkeys(CAUSES, 0)
        causes["opening"] = self._smartcash_to_minor(self.cash_register_balance_start, device)
        groups = self.env["smartcash.operation"]._read_group(
            [
                ("session_id", "=", self.id),
                ("payment_method_id", "=", method.id),
                ("state", "in", tuple(ENDED)),
            ],
            ["kind", "evidence"],
            ["amount_in:sum", "amount_out:sum", "net:sum", "rounding:sum"],
        )
        for kind, evidence, *sums in groups:
            amount_in, amount_out, net, rounding = (
                self._smartcash_to_minor(amount, device) for amount in sums
            )
            causes["rounding"] += rounding
            if evidence == "manual":
                causes["byHand"] += net
            elif kind == "sale":
                causes["salesIn"] += amount_in
                causes["change"] -= amount_out
            else:
                causes[NET_CAUSES[kind]] += net
        return causes

    def _smartcash_unsettled(self):
        """Operations of this session that run, and those that ask for a decision."""
        operations = self.env["smartcash.operation"].search(
            [
                ("session_id", "=", self.id),
                ("parent_id", "=", False),
                "|",
                ("state", "in", ("running", "unknown")),
                ("match_state", "=", "open"),
            ]
        )
        running = operations.filtered(lambda operation: operation.state == "running")
        return running, operations - running

    def _cannot_close_session(self, bank_payment_method_diffs=None):
        refusal = super()._cannot_close_session(bank_payment_method_diffs)
        if refusal or not self._smartcash_method() or self.rescue:
            return refusal
        closing = self.sudo()
        obstacle = closing._smartcash_obstacle() or closing._smartcash_closing_count()[1]
        return (
            {"successful": False, "message": obstacle, "redirect": False} if obstacle else refusal
        )

    def _smartcash_obstacle(self):
        """Why this session cannot be closed yet, in words; else None."""
        running, questions = self._smartcash_unsettled()
        if running:
            return _(
                "%s is at work. Close when the running operation has ended, or cancel it first.",
                running[0].device_id.name,
            )
        if questions:
            return _(
                "%(count)s operations ask for a decision (%(names)s). A manager decides them under "
                "Point of Sale > Orders > SmartCash Operations, or in the closing dialog.",
                count=len(questions),
                names=", ".join(
                    operation.order_name or operation.reference or operation.uuid[:8]
                    for operation in questions[:5]
                ),
            )
        return None

    def post_closing_cash_details(self, counted_cash):
        self.ensure_one()
        unsettled = self._cannot_close_session()
        if unsettled:
            return unsettled
        count, _refusal = self.sudo()._smartcash_closing_count()
        if count:
            try:
                self.sudo()._smartcash_note_hand(count, counted_cash)
            except UserError as error:
                return {"successful": False, "message": str(error), "redirect": False}
        return super().post_closing_cash_details(counted_cash)

    def _smartcash_closing_count(self):
        """:returns: the count to close with (empty: there is no machine), and why there is none yet"""
        none = self.env["smartcash.count"]
        if not self._smartcash_method() or self.rescue:
            return none, None
        method, device = self._smartcash_machine()
        count = self._smartcash_last_count("closing", device)
        if not count:
            return none, _("%s has not been counted yet. Press “Count again”.", device.name)
        later = self.env["smartcash.operation"].search(
            [
                ("device_id", "=", device.id),
                ("payment_method_id", "=", method.id),
                ("evidence", "!=", "manual"),
                ("id", ">", count.last_operation_id.id or 0),
                ("state", "in", ("running", *ENDED)),
                "|",
                ("net", "!=", 0),
                ("state", "=", "running"),
            ],
            limit=1,
        )
        if later:
            return none, _(
                "Money has moved since %s was counted. Press “Count again”.", device.name
            )
        if count.deferred and not self._smartcash_other_open_sessions(device):
            return none, _(
                "The other session on %s has been closed since it was counted. Press “Count again”.",
                device.name,
            )
        return count, None

    def action_pos_session_closing_control(
        self, balancing_account=False, amount_to_balance=0, bank_payment_method_diffs=None
    ):
        """Closing from the back end, without a count, would book all cash as lost."""
        for session in self:
            if not session._smartcash_method() or session.rescue or session.state == "closed":
                continue
            action = session.sudo()._smartcash_prepare_closing()
            if action:
                return action
        return super().action_pos_session_closing_control(
            balancing_account, amount_to_balance, bank_payment_method_diffs
        )

    def _smartcash_prepare_closing(self):
        """:returns: an action that asks for the count when there is none, else None
        :raise UserError: something is unsettled"""
        # Two sessions that close at the same moment would each leave a difference to the other.
        self._smartcash_machine()[1]._lock_row()
        obstacle = self._smartcash_obstacle()
        if obstacle:
            raise UserError(obstacle)
        count, refusal = self._smartcash_closing_count()
        if refusal:
            return self._smartcash_ask_for_count(refusal)
        self._smartcash_book_rounding(count.device_id)
        return None

    def _smartcash_ask_for_count(self, reason):
        return {
            "type": "ir.actions.act_window",
            "name": _("Count the Cash"),
            "res_model": "smartcash.close.session",
            "view_mode": "form",
            "target": "new",
            "context": {"default_session_id": self.id, "default_notice": reason},
        }
