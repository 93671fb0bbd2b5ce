import logging
from datetime import timedelta
from operator import methodcaller

from odoo import api, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import DeviceError
from odoo.addons.pos_smartcash_terminal.core.one_by_one import one_by_one

#: Minutes from one look to the next at what nobody waits for any more; then hourly.
LOOKS = (1, 2, 5, 10, 20, 40)
HOURLY = 60
#: How long a card may still be charged after the till stopped waiting.
WATCH = timedelta(hours=48)
AT_ONCE = 100  # looks of one run

_logger = logging.getLogger(__name__)


class SmartcashOperation(models.Model):
    """What Hesabe calls an operation, and looking after it when no till does.

    A payment that is found later than its end is a late fact: the ledger makes it a question.
    """

    _inherit = "smartcash.operation"

    hesabe_number = fields.Char(
        string="Hesabe Invoice Number", readonly=True, index="btree_not_null"
    )
    hesabe_invoice_id = fields.Char(string="Hesabe's Id of the Invoice", readonly=True)
    hesabe_token = fields.Char(
        string="Hesabe Transaction Token",
        readonly=True,
        exportable=False,
        groups="point_of_sale.group_pos_manager",
        help="Names the transaction in a refund.",
    )
    hesabe_next_look = fields.Datetime(readonly=True, index="btree_not_null")
    hesabe_looks = fields.Integer(readonly=True)

    def _hesabe_number(self):
        """Our uuid, shortened: how long an invoice number may be is not published."""
        self.ensure_one()
        return "SC" + self.uuid.replace("-", "")[:20].upper()

    # ---- for the driver: committed at once, as nobody may forget it ----------------------------

    def _hesabe_begin_watch(self):
        self._keep(
            hesabe_number=self._hesabe_number(),
            hesabe_next_look=fields.Datetime.now() + timedelta(minutes=LOOKS[0]),
            hesabe_looks=0,
        )

    def _hesabe_end_watch(self):
        self._keep(hesabe_next_look=False)

    def _hesabe_keep(self, invoice):
        """Hesabe's own numbers of the invoice."""
        values = {
            "hesabe_invoice_id": str(invoice.id) if invoice.id is not None else False,
            "device_ref": invoice.transaction_id,
            "hesabe_token": invoice.token,
        }
        new = {name: value for name, value in values.items() if value and self[name] != value}
        if new:
            self._keep(**new)

    # ---- looking after --------------------------------------------------------------------------

    @api.model
    def _cron_hesabe_look(self):
        """Late payments, and payments whose till is gone."""
        due = self.search(
            [("hesabe_next_look", "<=", fields.Datetime.now())],
            order="hesabe_next_look, id",
            limit=AT_ONCE,
        )
        one_by_one(due, methodcaller("_hesabe_look"))

    def _hesabe_look(self):
        self.ensure_one()
        self._keep(**self._hesabe_next())
        if self.state in ("running", "unknown"):
            self._engine_poll()
            self.filtered("session_id")._hint()
        elif self.state != "done":
            self._hesabe_look_for_money()

    def _hesabe_look_for_money(self):
        """It ended without money. What else Hesabe says about it now changes nothing."""
        try:
            said = self.device_id._driver_at_home()._poll(self)
        except DeviceError as error:
            _logger.info("operation %s could not be looked after: %s", self.id, error)
            return
        if said.net:
            self._write_down(said)

    def _hesabe_next(self):
        """When to look again; never, once it is known to be paid or too old."""
        now, looks = fields.Datetime.now(), self.hesabe_looks + 1
        over = self.state == "done" or now > (self.started_at or self.create_date) + WATCH
        minutes = LOOKS[looks] if looks < len(LOOKS) else HOURLY
        return {
            "hesabe_looks": looks,
            "hesabe_next_look": False if over else now + timedelta(minutes=minutes),
        }
