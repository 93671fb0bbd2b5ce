from odoo import fields, models


class PosSession(models.Model):
    """What was in a machine when it was set up is in the books with a counterpart, and no difference of
    the first opening.

    Such a float belongs to no session. The next opening of its Point of Sale goes on from it, once.
    """

    _inherit = "pos.session"

    smartcash_float_line_ids = fields.One2many(
        "account.bank.statement.line",
        "smartcash_float_session_id",
        string="Opening Floats",
        readonly=True,
    )

    def _smartcash_floats(self):
        """:returns: the lines of the floats that are in the balance before this session"""
        lines = self.smartcash_float_line_ids
        if self.state == "opening_control" and not self.rescue:
            lines |= self.config_id._smartcash_waiting_floats()
        return lines

    def _smartcash_carry_floats(self):
        """From here on these floats are in the balance of this session, whatever comes."""
        self.config_id._smartcash_waiting_floats().smartcash_float_session_id = self

    def _smartcash_balance_before(self):
        before = super()._smartcash_balance_before()
        if self.rescue:
            return before
        return before + sum(line._smartcash_float_worth() for line in self._smartcash_floats())

    def _smartcash_machines_by_session(self):
        """A machine whose float is expected is counted, whoever may use it by then."""
        machines = super()._smartcash_machines_by_session()
        for session in self.filtered(lambda session: session.state == "opening_control"):
            waiting = session.config_id._smartcash_waiting_floats().smartcash_float_device_id
            machines[session.id] = (machines[session.id] | waiting).sorted("id")
        return machines

    def _smartcash_not_counted_since(self, counts):
        """Machines whose float was booked after they were counted for this opening: that count expected
        nothing."""
        return (
            self.config_id._smartcash_waiting_floats()
            .filtered(
                lambda line: (
                    (count := counts.get(line.smartcash_float_device_id))
                    and count.create_date < line.create_date
                )
            )
            .smartcash_float_device_id
        )

    def _smartcash_before_opening(self):
        machines, hand = super()._smartcash_before_opening()
        machines = dict(machines)
        for line in self.config_id._smartcash_waiting_floats():
            device = line.smartcash_float_device_id
            worth = self._smartcash_to_minor(line._smartcash_float_worth())
            machines[device] = machines.get(device, 0) + worth
        return machines, hand

    def _smartcash_books(self, device, moment):
        """Another Point of Sale may have taken over a machine, and not been opened since."""
        books = super()._smartcash_books(device, moment)
        for config in self._smartcash_other_configs(device):
            for line in config._smartcash_waiting_floats():
                if line.smartcash_float_device_id == device:
                    books["others"] += self._smartcash_to_minor(line._smartcash_float_worth())
        return books


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _smartcash_waiting_floats(self):
        """:returns: the lines of the floats that no session of this Point of Sale was opened with yet"""
        self.ensure_one()
        return (
            self.env["account.bank.statement.line"]
            .sudo()
            .search(
                [
                    ("smartcash_float_config_id", "=", self.id),
                    ("smartcash_float_device_id", "!=", False),
                    ("smartcash_float_session_id", "=", False),
                    ("move_id.state", "=", "posted"),
                    ("journal_id", "in", self.payment_method_ids.journal_id.ids),
                ]
            )
            .filtered(lambda line: line._smartcash_float_holds())
        )


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    def _smartcash_float_holds(self):
        """Whether the books have it: it was neither taken back, nor was its other half."""
        self.ensure_one()
        return self.move_id.state == "posted" and self._smartcash_is_whole()

    def _smartcash_float_worth(self):
        """What this float adds to the balance of its Point of Sale."""
        self.ensure_one()
        return self.amount + self.smartcash_float_offset
