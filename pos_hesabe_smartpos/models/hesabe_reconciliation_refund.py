from odoo import models
from odoo.addons.pos_smartcash_terminal.core.money import from_minor

from ..hesabe_client import HesabeRefused
from ..hesabe_protocol.money import FILS
from .hesabe_reconciliation import DAY, KUWAIT, booked, is_of, start_of


class HesabeReconciliation(models.Model):
    """The refunds of the day: what Hesabe lists beside what was asked for here.

    A request belongs to the day on which it was made, whenever Hesabe decides. One that Hesabe rejected
    pays nothing out: an order that says refunded is then missing there.
    """

    _inherit = "hesabe.reconciliation"

    def _read_refunds(self, client):
        try:
            return self._all_pages(
                lambda number: client.refunds(
                    number, from_date=self.day - DAY, to_date=self.day + DAY
                )
            )
        except HesabeRefused:
            # Not every merchant may use refunds; whoever does not, is compared without them.
            if self.account_id.refunds_allowed:
                raise
            return []

    def _refund_lines(self, rows):
        """Compare.

        :param rows: :class:`~..hesabe_client.Refund` of the day and its neighbours
        :returns: values of lines, and how many of the day's refunds have a status that nobody explained
        """
        rejected = self.account_id._rejected_words()
        listed = {str(row.id): row for row in rows}
        start = start_of(self.day)
        of_the_day = self._refunds_of(
            ("create_date", ">=", start), ("create_date", "<", start + DAY)
        )
        known = self._refunds_of(("hesabe_id", "in", list(listed))).mapped("hesabe_id")
        foreign = [row for row in rows if str(row.id) not in known and is_of(row, self.day)]
        payments = self._payments_of_the_day("<")
        asked = self._refunds_of(("operation_id", "in", payments.smartcash_operation_id.ids))
        lines = [
            line
            for refund in of_the_day
            for line in self._lines_of_refund(refund, listed.get(refund.hesabe_id), rejected)
        ]
        lines += [self._foreign_refund(row) for row in foreign if row.status_text not in rejected]
        lines += [
            self._missing_there(payment, "refund")
            for payment in payments
            if payment.smartcash_operation_id not in asked.operation_id.filtered(booked)
        ]
        told = [*foreign, *(listed[one.hesabe_id] for one in of_the_day if one.hesabe_id in listed)]
        unread = [
            row for row in told if row.status == "unknown" and row.status_text not in rejected
        ]
        return lines, len(unread)

    def _refunds_of(self, *domain):
        return self.env["hesabe.refund"].search([("account_id", "=", self.account_id.id), *domain])

    def _lines_of_refund(self, refund, row, rejected):
        """One line, or none when both sides say that nothing was refunded."""
        operation = refund.operation_id
        here = booked(operation) or None
        stands = row is not None and row.status_text not in rejected
        there = -(row.amount or 0) if stands else None
        if here is None and there is None:
            return []
        if here is None or there is None:
            verdict = "missing_here" if here is None else "missing_there"
        else:
            verdict = "matched" if here == there else "amount_differs"
        return [
            {
                "kind": "refund",
                "verdict": verdict,
                "invoice_number": refund.invoice_number,
                "transaction_ref": refund.hesabe_id,
                "device_id": operation.device_id.id,
                "card_brand": (operation.card or {}).get("brand"),
                "status_text": row.status_text if row else False,
                "paid_at": refund.create_date,
                "amount_hesabe": from_minor(there or 0, FILS),
                "amount_here": from_minor(here or 0, FILS),
                "operation_id": operation.id,
                "pos_order_id": operation.pos_order_id.id,
            }
        ]

    def _foreign_refund(self, row):
        """Asked for elsewhere, for instance in Hesabe's panel."""
        sale = self.env["smartcash.operation"].search(
            [
                ("hesabe_token", "=", row.token),
                ("device_id.hesabe_account_id", "=", self.account_id.id),
            ],
            limit=1,
        )
        return {
            "kind": "refund",
            "verdict": "missing_here",
            "invoice_number": sale.hesabe_number,
            "transaction_ref": str(row.id),
            "device_id": sale.device_id.id,
            "card_brand": (sale.card or {}).get("brand"),
            "status_text": row.status_text,
            "paid_at": row.created_at - KUWAIT if row.created_at else False,
            "amount_hesabe": from_minor(-(row.amount or 0), FILS),
        }
