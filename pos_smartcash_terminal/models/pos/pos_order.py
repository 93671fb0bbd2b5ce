from odoo import api, fields, models

from ...core.registration import Refused, parse_uuid


class PosOrder(models.Model):
    _inherit = "pos.order"

    @api.model
    def create_from_ui(self, orders, draft=False):
        self._smartcash_take_turns(orders)
        if draft:
            return super().create_from_ui(orders, draft=draft)
        wanted, again = self._smartcash_sort_paid(orders)
        saved = super().create_from_ui(wanted, draft=draft)
        self.browse(
            row["id"] for row in saved if row["pos_reference"] in again
        )._smartcash_ask_about_second_payment()
        return saved

    @api.model
    def _smartcash_take_turns(self, orders):
        """Two tabs of one till may send the same paid order at the same moment, to two workers.

        Core recognises an order that it has, but not one that another transaction is writing: the
        sale would be booked twice. So whoever comes second waits for the first, and if that has
        written payments that this transaction cannot see, the request is run again and sees them.
        It must happen here: once core has begun, it cannot be run again.
        """
        uuids = sorted(set().union(*(uuids_of(order["data"]) for order in orders)))
        if not uuids:
            return
        self.env.flush_all()
        for uuid in uuids:
            self.env.cr.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [uuid])
        seen = _payments_of(self.env.cr, uuids)
        with self.env.registry.cursor() as now:
            unseen = _payments_of(now, uuids) - seen
        if unseen:
            self.env.cr.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'order sent twice at the same moment' "
                "USING ERRCODE = 'serialization_failure'; END $$",
                log_exceptions=False,
            )

    def _get_valid_session(self, order):
        """Core begins it with the balance of whatever session was made last: of an open one that is 0."""
        session = super()._get_valid_session(order)
        session.sudo()._smartcash_note_balance_before()
        return session

    @api.model
    def _payment_fields(self, order, ui_paymentline):
        values = super()._payment_fields(order, ui_paymentline)
        values["smartcash_uuid"] = _readable_uuid(ui_paymentline.get("smartcash_uuid"))
        return values

    def _process_payment_lines(self, pos_order, order, pos_session, draft):
        if draft:
            pos_order["statement_ids"] += order._smartcash_payments_to_keep(uuids_of(pos_order))
        # Every sync makes the payments anew, so the operations are linked again each time; one whose
        # payment has gone with nothing kept is no question any more.
        before = order.payment_ids.mapped("smartcash_uuid")
        synced = order.with_context(**self.env["pos.payment"]._till_sync_context())
        result = super()._process_payment_lines(pos_order, synced, pos_session, draft)
        after = order.payment_ids.mapped("smartcash_uuid")
        self.env["smartcash.operation"]._match_uuids([*before, *after])
        return result

    def _smartcash_payments_to_keep(self, sent):
        """Another till saves its older copy of the order: it knows nothing of what a machine has taken
        for it, and must not take it off the order.

        :param set sent: the operations that the till knows of
        :return: the missing payments, as a till would send them
        """
        kept = self.payment_ids.filtered(
            lambda payment: (
                payment.smartcash_uuid
                and payment.smartcash_uuid not in sent
                and payment.smartcash_operation_id.sudo().match_state == "matched"
            )
        )
        return [
            [
                0,
                0,
                {
                    **payment._export_for_ui(payment),
                    "name": fields.Datetime.to_string(payment.payment_date),
                },
            ]
            for payment in kept
        ]


def uuids_of(data):
    """:return: the operations that the payments of a till's order name"""
    lines = [line for _command, _id, line in data.get("statement_ids") or []]
    return {uuid for line in lines if (uuid := _readable_uuid(line.get("smartcash_uuid")))}


def _payments_of(cr, uuids):
    cr.execute("SELECT smartcash_uuid FROM pos_payment WHERE smartcash_uuid IN %s", [tuple(uuids)])
    return {uuid for (uuid,) in cr.fetchall()}


def _readable_uuid(value):
    """Orders must be saved whatever a browser put here: what is no uuid links to nothing."""
    try:
        return parse_uuid(value) if value else False
    except Refused:
        return False
