from odoo import api, fields, models
from odoo.tools import SQL

#: What needs a person today, what soon, and what runs.
NOW, SOON, LATER = 0, 1, 2
RED_STATES = ("offline", "error")


class SmartcashDevice(models.Model):
    """What a manager sees of each machine at a glance, the one that needs a person first."""

    _inherit = "smartcash.device"

    # Stored, so that the cards come in this order: it is written with the count that it is read from.
    level_warning = fields.Boolean(
        compute="_compute_level_warning",
        store=True,
        help="Something runs out, or has no room left.",
    )
    urgency = fields.Integer(
        compute="_compute_urgency", help="0: needs a person now; 1: soon; 2: all is well."
    )
    today_in = fields.Monetary(
        string="In Today", compute="_compute_today", help="What was inserted or charged today."
    )
    today_out = fields.Monetary(
        string="Out Today", compute="_compute_today", help="What was given out or back today."
    )
    last_operation_id = fields.Many2one("smartcash.operation", compute="_compute_last_operation")
    last_operation_at = fields.Datetime(compute="_compute_last_operation")
    last_count_id = fields.Many2one("smartcash.count", compute="_compute_last_count")
    last_count_at = fields.Datetime(compute="_compute_last_count")
    last_difference = fields.Monetary(compute="_compute_last_count")

    @api.depends("low_count", "high_count")
    def _compute_level_warning(self):
        for device in self:
            device.level_warning = bool(
                device.last_inventory and (device.low_count or device.high_count)
            )

    @api.depends("state", "level_warning", "question_count")
    def _compute_urgency(self):
        for device in self:
            if device.state in RED_STATES or device.question_count:
                device.urgency = NOW
            else:
                device.urgency = SOON if device.level_warning else LATER

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name != "urgency":
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        self.env["smartcash.operation"].flush_model(["device_id", "match_state", "parent_id"])
        self.flush_model(["state", "level_warning"])
        return SQL(
            """CASE WHEN %(state)s IN %(red)s OR EXISTS (
                   SELECT FROM smartcash_operation
                    WHERE device_id = %(id)s AND match_state = 'open' AND parent_id IS NULL
               ) THEN 0 WHEN %(warning)s THEN 1 ELSE 2 END %(direction)s %(nulls)s""",
            state=SQL.identifier(alias, "state"),
            red=RED_STATES,
            id=SQL.identifier(alias, "id"),
            warning=SQL.identifier(alias, "level_warning"),
            direction=direction,
            nulls=nulls,
        )

    def _compute_today(self):
        moved = self._moved(self._start_of_today())
        for device in self:
            device.today_in, device.today_out = moved[device]

    def _moved(self, start, end=None):
        """What went in and out from ``start`` to before ``end`` (UTC; None: until now).

        :returns: ``{device: (in, out)}``, in the device's currency
        """
        domain = [*self._own_operations(), ("create_date", ">=", start)]
        if end:
            domain.append(("create_date", "<", end))
        moved = {
            (device, currency): tuple(amounts)
            for device, currency, *amounts in self.env["smartcash.operation"]._read_group(
                domain, ["device_id", "currency_id"], ["amount_in:sum", "amount_out:sum"]
            )
        }
        return {device: moved.get((device, device.currency_id), (0, 0)) for device in self}

    def _compute_last_operation(self):
        last = dict(
            self.env["smartcash.operation"]._read_group(
                self._own_operations(), ["device_id"], ["id:max"]
            )
        )
        for device in self:
            device.last_operation_id = last.get(device, False)
            device.last_operation_at = device.last_operation_id.create_date

    def _compute_last_count(self):
        last = {
            (device, currency): count_id
            for device, currency, count_id in self.env["smartcash.count"]._read_group(
                [("device_id", "in", self.ids), ("superseded", "=", False)],
                ["device_id", "currency_id"],
                ["id:max"],
            )
        }
        for device in self:
            device.last_count_id = last.get((device, device.currency_id), False)
            device.last_count_at = device.last_count_id.taken_at
            device.last_difference = device.last_count_id.difference

    def _own_operations(self):
        """What was done by hand for another operation did not move in the machine."""
        return [
            ("device_id", "in", self.ids),
            ("parent_id", "=", False),
            ("evidence", "!=", "manual"),
        ]

    @api.model
    def _start_of_today(self):
        """Midnight where the user is, as the database has it."""
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return fields.Datetime.now() - (now - midnight)

    # ---- click through --------------------------------------------------------------------------

    def action_open_questions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pos_smartcash_terminal.smartcash_question_action"
        )
        action.update(
            domain=[
                ("device_id", "=", self.id),
                ("match_state", "=", "open"),
                ("parent_id", "=", False),
            ],
            context={},
        )
        return action

    def action_open_today(self):
        return {**self.action_open_operations(), "context": {"search_default_today": 1}}

    def action_open_last_operation(self):
        return self._open_form(self.last_operation_id)

    def action_open_last_count(self):
        return self._open_form(self.last_count_id)

    def _open_form(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }
