from odoo import _, fields, models
from odoo.exceptions import UserError

from ...core.money import from_minor, to_minor
from ...core.progress import ENDED


class SmartcashDevice(models.Model):
    """What is in a machine when it is set up goes into the books with its counterpart: the safe, the bank
    or the owner. Else the first opening would call it a difference."""

    _inherit = "smartcash.device"

    float_line_ids = fields.One2many(
        "account.bank.statement.line",
        "smartcash_float_device_id",
        string="Opening Floats",
        readonly=True,
    )

    def _float_is_booked(self):
        """Why what is in the machine is in the books already, in words; else None."""
        line = self.sudo().float_line_ids.filtered(lambda line: line._smartcash_float_holds())[:1]
        if line:
            return _(
                "%(amount)s were taken over from %(device)s on %(date)s.",
                amount=line.currency_id.format(line.amount),
                device=self.name,
                date=fields.Date.to_string(line.date),
            )
        # A till that only shows its opening has counted, and booked nothing.
        counted = [("device_id", "=", self.id), ("session_id.state", "!=", "opening_control")]
        if self.env["smartcash.count"].sudo().search_count(counted, limit=1):
            return _(
                "%s was counted in a session before: what it holds is in the books.", self.name
            )
        moved = [
            ("device_id", "=", self.id),
            ("state", "in", tuple(ENDED)),
            ("session_id", "!=", False),
            ("net", "!=", 0),
        ]
        if self.env["smartcash.operation"].sudo().search_count(moved, limit=1):
            return _("%s has taken payments before: what it holds is in the books.", self.name)
        return None

    def _float_obstacle(self, method, config):
        """Why the contents cannot be booked now, in words; else None."""
        line = self.sudo().float_line_ids[:1]
        if line:
            return _(
                "The entry %s took over what was in this machine, and was taken back since. Post it "
                "again with its counterpart, or delete it.",
                line.move_id.display_name,
            )
        if method not in config.payment_method_ids:
            return _(
                "%(config)s has no payment method %(method)s.",
                config=config.name,
                method=method.name,
            )
        own = method.smartcash_device_id
        if own != self and own.active and not own._float_is_booked():
            return _(
                "%(own)s is the machine of the payment method %(method)s: set up its opening float first.",
                own=own.name,
                method=method.name,
            )
        operations = self.env["smartcash.operation"].sudo()
        if operations.search_count(
            [("device_id", "=", self.id), ("state", "=", "running")], limit=1
        ):
            return _("%s is at work. Wait until the operation has ended.", self.name)
        if self.currency_id != config.currency_id:
            return _(
                "%(device)s works in %(currency)s, and %(config)s in %(expected)s.",
                device=self.name,
                currency=self.currency_id.name,
                config=config.name,
                expected=config.currency_id.name,
            )
        # One that only shows its opening reckons anew when it is opened.
        at_work = ("opened", "closing_control")
        if config.sudo().session_ids.filtered(lambda session: session.state in at_work):
            return _(
                "A session of %s is open. Close it first: an open session does not know the new float.",
                config.name,
            )
        return None

    def _float_amounts(self, method, config, total):
        """What is to be booked so that the method's journal agrees with the machine.

        :param total: what is in the machine, minor units
        :returns: the amount that the journal lacks, and what its Point of Sale expects less than the
            journal holds already, minor units
        """
        lines = self.env["account.bank.statement.line"].sudo()
        is_first = (
            method.smartcash_device_id == self
            and not self.env["smartcash.count"]
            .sudo()
            .search_count([("payment_method_id", "=", method.id)], limit=1)
            and not lines.search_count(
                [
                    ("journal_id", "=", method.journal_id.id),
                    ("smartcash_float_device_id", "!=", False),
                ],
                limit=1,
            )
        )
        if not is_first:
            return total, 0  # the journal holds what is in other machines
        held = self._journal_balance(method.journal_id)
        return total - held, held - self._expected_at(config)

    def _journal_balance(self, journal):
        """What the books of ``journal`` hold in this machine's currency, minor units."""
        ((balance,),) = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("account_id", "=", journal.default_account_id.id),
                    ("parent_state", "=", "posted"),
                    ("company_id", "=", journal.company_id.id),
                    ("currency_id", "=", self.currency_id.id),
                ],
                aggregates=["amount_currency:sum"],
            )
        )
        return to_minor(balance or 0.0, self.currency_id.decimal_places)

    def _expected_at(self, config):
        """What the next session of ``config`` expects without a float, minor units."""
        last = (
            self.env["pos.session"]
            .sudo()
            .search([("config_id", "=", config.id), ("rescue", "=", False)], limit=1)
        )
        return to_minor(last.cash_register_balance_end_real, self.currency_id.decimal_places)

    def _book_float(self, method, config, total, source=None):
        """Take what is in the machine into the books: once, however often it is asked.

        :param total: what is in the machine, minor units
        :param source: where it came from: a journal (the safe, the bank), or an account (the owner's);
            None where the journal agrees already
        :returns: the statement line in the machine's journal; none where there was nothing to book
        """
        self.ensure_one()
        self._lock_rows()
        self.invalidate_recordset(["float_line_ids"])
        obstacle = self._float_is_booked() or self._float_obstacle(method, config)
        if obstacle:
            raise UserError(_("%s Nothing was booked.", obstacle))
        amount, offset = self._float_amounts(method, config, total)
        if amount < 0:
            raise UserError(
                _(
                    "The journal %(journal)s holds %(more)s more than %(device)s. Nothing was booked. "
                    "Correct the journal, or let the first opening book the difference.",
                    journal=method.journal_id.name,
                    more=self.currency_id.format(
                        from_minor(-amount, self.currency_id.decimal_places)
                    ),
                    device=self.name,
                )
            )
        if amount and not source:
            raise UserError(_("Say where the money in the machine came from. Nothing was booked."))
        if not amount and not offset:
            return self.float_line_ids
        decimals = self.currency_id.decimal_places
        values = {
            "amount": from_minor(amount, decimals),
            "date": fields.Date.context_today(self),
            "payment_ref": _("%s - opening float", self.name),
        }
        own = {
            "journal_id": method.journal_id.id,
            "smartcash_float_device_id": self.id,
            "smartcash_float_config_id": config.id,
            "smartcash_float_offset": from_minor(offset, decimals),
        }
        lines = self.env["account.bank.statement.line"].sudo().with_company(self.company_id)
        if not amount:
            return lines.create({**values, **own})
        if source._name == "account.journal":
            self._check_float_source(method, source)
            return lines._smartcash_book_transfer(values, own, source)
        return lines.create({**values, **own, "counterpart_account_id": source.id})

    def _check_float_source(self, method, journal):
        if journal == method.journal_id:
            raise UserError(
                _("%s is the journal of the machine itself. Choose another one.", journal.name)
            )
        if (journal.currency_id or journal.company_id.currency_id) != self.currency_id:
            raise UserError(
                _(
                    "%(journal)s is in another currency than %(device)s. Choose a journal in %(currency)s.",
                    journal=journal.name,
                    device=self.name,
                    currency=self.currency_id.name,
                )
            )
