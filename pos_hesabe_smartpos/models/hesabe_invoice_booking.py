import logging

from odoo import _, api, fields, models
from odoo.addons.pos_smartcash_terminal.core.money import from_minor, to_minor
from odoo.addons.pos_smartcash_terminal.models.operation.match import TURN_LOST
from odoo.exceptions import UserError

from ..hesabe_protocol.mapping import PAID
from ..hesabe_protocol.money import FILS

AT_ONCE = 100  # of one run of the job

_logger = logging.getLogger(__name__)


class HesabeInvoice(models.Model):
    """Money that a terminal took for the back end becomes a payment in the books: once, or an open question."""

    _inherit = "hesabe.invoice"

    payment_id = fields.Many2one("account.payment", readonly=True, ondelete="restrict", copy=False)
    book_message = fields.Char(
        string="Why It Is Not Booked", readonly=True, help="What the books said."
    )
    booking = fields.Selection(
        [
            ("booked", "In the books"),
            ("open", "To be decided"),
            ("decided", "Decided by a manager"),
        ],
        string="In the Books",
        compute="_compute_booking",
    )

    _sql_constraints = [
        ("payment_unique", "UNIQUE(payment_id)", "This payment stands for another invoice."),
    ]

    @api.depends("payment_id.state", "operation_id.match_state", "state")
    def _compute_booking(self):
        stands = {"matched": "booked", "resolved": "decided", "open": "open"}
        for invoice in self:
            operation = invoice.operation_id.sudo()
            invoice.booking = stands.get(operation.match_state, False)

    def action_register(self):
        """Once more, after the books said no; or a manager's decision about a late or unclear payment."""
        self.ensure_one()
        self._check_sender()
        invoice = self.sudo()
        operation = invoice.operation_id
        if invoice.payment_id or operation.match_state != "open":
            raise UserError(_("There is nothing to register."))
        if operation.state == "done":
            trouble = invoice._settle()
            if trouble:
                raise UserError(trouble)
            return
        answer = self.env["smartcash.operation"].resolve(
            operation.uuid, "order", _("Registered as a payment in the back end")
        )
        if "refused" in answer:
            raise UserError(answer["refused"]["message"])

    def action_open_move(self):
        return self._open_record(self.move_id)

    def action_open_payment(self):
        return self._open_record(self.payment_id)

    def _open_record(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    # ---- once -----------------------------------------------------------------------------------

    @api.model
    def _cron_settle(self):
        """What a worker left behind that died between the payment and the books. Where the books said
        no, a person has to do something first."""
        waiting = self.search(
            [
                ("origin", "=", "backend"),
                ("operation_id.state", "=", "done"),
                ("operation_id.match_state", "=", "open"),
                ("payment_id", "=", False),
                ("book_message", "=", False),
            ],
            limit=AT_ONCE,
        )
        for invoice in waiting:
            invoice._settle()

    def _settle(self):
        """Register the payment in a transaction of its own. Until then the ledger has an open question.

        :returns: why that was not possible, or None
        """
        operation = self.operation_id
        try:
            operation._commit(lambda own: own._hesabe_invoice()._book().id)
            return None
        except TURN_LOST:
            _logger.info("invoice %s is registered by the job", self.id)
            return None
        except UserError as error:
            trouble = str(error)
        except Exception:
            # What another addon makes of a payment must not stop the job for all others.
            _logger.exception("the payment of invoice %s could not be registered", self.id)
            trouble = _("Odoo could not register the payment; its log says why.")
        operation._commit(lambda own: own._hesabe_invoice()._note_not_booked(trouble))
        return trouble

    def _note_not_booked(self, trouble):
        self.book_message = trouble
        self.operation_id._tell_manager()

    def _book(self):
        """The payment of what the terminal took; the one that is there already, if there is."""
        self.ensure_one()
        operation = self.operation_id
        # Whoever comes second sees the first one's payment, or is failed by the database.
        operation._relock()
        self.invalidate_recordset()
        if self.payment_id or operation.match_state == "resolved":
            return self.payment_id
        taken = self._taken()
        payment = self._new_payment(taken)
        if len(payment) != 1 or to_minor(payment.amount, FILS) != taken:
            raise UserError(_("Odoo would register another amount than was paid."))
        self.write({"payment_id": payment.id, "book_message": False})
        payment.message_post(body=self._describe_payment())
        operation._match()
        return payment

    def _taken(self):
        """Fils that the terminal took, as far as anybody says."""
        operation = self.operation_id
        if operation.state != "done" and self.status == PAID:
            return to_minor(self.amount_paid, FILS)
        return operation._minor("net")

    def _registered(self):
        """Fils in the books."""
        payment = self.payment_id
        return to_minor(payment.amount, FILS) if payment.state == "posted" else 0

    def _is_unsettled(self):
        """Money that moved, or may have, and nobody has decided about it."""
        return self.operation_id.match_state == "open"

    def _new_payment(self, fils):
        """Tied to the customer invoice as far as that is still to be paid; the rest is the customer's credit."""
        company = self.company_id
        journal = self.device_id._invoice_journal()
        if not journal:
            raise UserError(
                _(
                    "No bank journal is known for %s. Choose one on the Hesabe account (page Invoices).",
                    self.device_id.name,
                )
            )
        move = self.move_id.with_company(company)
        reference = " ".join(part for part in (move.name, self.invoice_number) if part)
        common = {
            "journal_id": journal.id,
            "currency_id": self.currency_id.id,
            "amount": from_minor(fils, FILS),
        }
        if move.state == "posted" and to_minor(move.amount_residual, FILS) > 0:
            register = (
                self.env["account.payment.register"]
                .with_company(company)
                .with_context(active_model="account.move", active_ids=move.ids)
                .create(
                    {**common, "communication": reference, "payment_difference_handling": "open"}
                )
            )
            return register._create_payments()
        payment = (
            self.env["account.payment"]
            .with_company(company)
            .create(
                {
                    **common,
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": self.partner_id.commercial_partner_id.id,
                    "ref": reference,
                }
            )
        )
        payment.action_post()
        return payment

    def _describe_payment(self):
        card = ", ".join(
            part
            for part in (
                self.card_brand,
                self.card_number,
                self.authorisation and _("authorisation %s", self.authorisation),
                self.rrn and f"RRN {self.rrn}",
            )
            if part
        )
        return _(
            "Paid on the terminal %(terminal)s, Hesabe invoice %(number)s. %(card)s",
            terminal=self.device_id.name,
            number=self.invoice_number,
            card=card,
        )
