from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from ...core.driver_api import DeviceError, InvalidInventory, Inventory
from ...core.levels import default_limits, is_recycled, levels_of, pieces_by_key, roll_of
from ...core.money import MAX_MINOR, from_minor, to_minor
from ...core.progress import SERVICES
from ...core.registration import Refused

DAYS_OF_USE = 30
#: The most that one session used of each denomination; what a machine leaves out of its count it has none of.
#: A session in which somebody filled or emptied it tells nothing of what customers need.
USED = """
    SELECT line.value, line.kind, MAX(line.recycler - COALESCE(left_over.recycler, 0))
      FROM smartcash_count opening
      JOIN smartcash_count closing
        ON closing.session_id = opening.session_id AND closing.device_id = opening.device_id
       AND closing.moment = 'closing' AND closing.source = 'device'
      JOIN smartcash_count_line line ON line.count_id = opening.id
 LEFT JOIN smartcash_count_line left_over
        ON left_over.count_id = closing.id AND left_over.kind = line.kind
       AND left_over.value = line.value
     WHERE opening.device_id = %s AND opening.moment = 'opening' AND opening.source = 'device'
       AND opening.taken_at >= %s
       AND NOT EXISTS (
               SELECT FROM smartcash_operation operation
                WHERE operation.session_id = opening.session_id AND operation.kind IN %s
           )
  GROUP BY line.value, line.kind
"""


class SmartcashDevice(models.Model):
    """How full a machine is, what runs out, and what to bring before the next opening."""

    _inherit = "smartcash.device"

    level_ids = fields.One2many("smartcash.device.level", "device_id", string="Levels")
    cassette_capacity = fields.Integer(
        help="Pieces that the cassette (stacker) holds. 0: as the maker says, where that is known."
    )
    levels_data = fields.Json(string="Levels Chart", compute="_compute_levels_data")
    low_count = fields.Integer(compute="_compute_levels_data", help="Recyclers that run out.")
    high_count = fields.Integer(
        compute="_compute_levels_data", help="Recyclers or cassettes with no room left."
    )

    count_count = fields.Integer(string="Counts", compute="_compute_count_count")

    def _compute_count_count(self):
        counts = dict(
            self.env["smartcash.count"]._read_group(
                [("device_id", "in", self.ids)], ["device_id"], ["__count"]
            )
        )
        for device in self:
            device.count_count = counts.get(device, 0)

    @api.depends(
        "last_inventory",
        "last_inventory_at",
        "model",
        "cassette_capacity",
        "level_ids.capacity",
        "level_ids.low",
        "level_ids.high",
        "level_ids.target",
        "level_ids.roll",
    )
    def _compute_levels_data(self):
        for device in self:
            data = device._levels_to_wire()
            states = [level["state"] for level in data["levels"]] + [data["cassette"]["state"]]
            device.levels_data = data
            device.low_count = sum(state in ("near_empty", "empty") for state in states)
            device.high_count = sum(state in ("near_full", "full") for state in states)

    def write(self, vals):
        """What was seen in one currency says nothing in another."""
        others = self.browse()
        if "currency_id" in vals:
            others = self.filtered(lambda device: device.currency_id.id != vals["currency_id"])
        others.level_ids.unlink()
        others.last_inventory = False
        others.last_inventory_at = False
        return super().write(vals)

    # ---- public method ------------------------------------------------------------------------

    def levels(self, inventory=None):
        """How full the machine is; what the till has just seen in it is written down, when its user
        works with this machine. Of a machine that Odoo talks to, only Odoo's own look counts.

        :param inventory: wire form of :class:`~..driver_api.Inventory`; None: the server asks the machine
            when it can, else the last known inventory counts
        :returns: see :meth:`_levels_to_wire`, and how many seconds old they are (``age``); or
            ``{"refused": …}``, and nothing is written
        """
        self.ensure_one()
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(_("Only Point of Sale users may do this."))
        self.check_access_rule("read")
        device = self.sudo()
        try:
            if device.transport == "server":
                device._look_inside()
            elif inventory is not None and device._is_used_by(self.env.user):
                device._note_inventory(device._parse_inventory(inventory))
        except Refused as refused:
            return refused.to_wire()
        seen_at = device.last_inventory_at
        age = int((fields.Datetime.now() - seen_at).total_seconds()) if seen_at else None
        return {**device._levels_to_wire(), "age": age}

    def _look_inside(self):
        """A machine that does not answer has the levels that it had when it last did."""
        try:
            inventory = self._driver_at_home()._inventory(self)
        except DeviceError:
            return
        self._note_inventory(self._parse_inventory(inventory.to_wire()))

    # ---- what was seen ------------------------------------------------------------------------

    def _parse_inventory(self, wire):
        """:rtype: Inventory
        :raise Refused: it cannot be read, or is not of this device's currency"""
        self.ensure_one()
        try:
            inventory = Inventory.from_wire(wire)
        except InvalidInventory as error:
            raise Refused(
                "bad_values", _("The machine's count cannot be read (%s). Count again.", error)
            ) from error
        if inventory.currency != self.currency_id.name:
            raise Refused(
                "bad_values",
                _(
                    "The machine counts in %(seen)s, and %(device)s is set up for %(currency)s. "
                    "Ask a manager to correct the device's currency.",
                    seen=inventory.currency,
                    device=self.name,
                    currency=self.currency_id.name,
                ),
            )
        if inventory.total > MAX_MINOR:
            raise Refused("bad_values", _("The machine's count cannot be right. Count again."))
        return inventory

    def _note_inventory(self, inventory):
        self.ensure_one()
        self._lock_rows()
        now = fields.Datetime.now()
        self.write(
            {
                "last_inventory": inventory.to_wire(),
                "last_inventory_at": now,
                "last_seen": now,
            }
        )
        self._note_heard()
        self._watch_recyclers(inventory)

    def _watch_recyclers(self, inventory):
        """Rows for what the machine can give out, as far as they are missing."""
        rows = {row._key(): row for row in self.level_ids}
        known = self._driver()._capacities(self).recyclers
        decimals = self.currency_id.decimal_places
        missing = []
        for key, piece in pieces_by_key(inventory).items():
            capacity = piece.capacity or known.get(key, 0)
            if key not in rows and (capacity or is_recycled(piece)):
                missing.append(
                    {
                        "device_id": self.id,
                        "value": from_minor(piece.value, decimals),
                        "kind": piece.kind,
                        "capacity": capacity,
                        "roll": roll_of(inventory.currency, key),
                    }
                )
            elif key in rows:
                self._note_capacity(rows[key], told=piece.capacity, known=capacity)
        if missing:
            self.level_ids.create(missing)
            self._follow_use()

    def _note_capacity(self, row, told, known):
        """The machine's word counts most, then a manager's, then what is known of the model."""
        capacity = told or row.capacity or known
        if capacity != row.capacity:
            row.capacity = capacity

    def _follow_use(self):
        """What the sessions used decides what to open with, where no manager did."""
        self.ensure_one()
        used = self._used()
        for row in self.level_ids.filtered("automatic"):
            key = row._key()
            limits = default_limits(key, row.capacity, used.get(key, 0))
            if any(row[name] != pieces for name, pieces in limits.items()):
                row.write({**limits, "automatic": True})

    def _used(self):
        """:returns: ``{(value, kind): pieces}``, at least 0"""
        since = fields.Datetime.now() - timedelta(days=DAYS_OF_USE)
        for model in ("smartcash.count", "smartcash.count.line", "smartcash.operation"):
            self.env[model].flush_model()
        self.env.cr.execute(USED, [self.id, since, tuple(SERVICES)])
        decimals = self.currency_id.decimal_places
        return {
            (to_minor(value, decimals), kind): max(0, pieces)
            for value, kind, pieces in self.env.cr.fetchall()
        }

    # ---- answers ------------------------------------------------------------------------------

    def _levels(self):
        """:rtype: list[Level]"""
        self.ensure_one()
        seen = Inventory.from_wire(self.last_inventory) if self.last_inventory else None
        return levels_of(seen, {row._key(): row._limits() for row in self.level_ids})

    def _levels_to_wire(self):
        """The levels as screens show them, values and amounts in minor units."""
        levels = self._levels()
        taken_at = self.last_inventory_at
        return {
            "deviceId": self._origin.id or None,
            "currency": self.currency_id.name,
            "currencyId": self.currency_id.id,
            "decimals": self.currency_id.decimal_places,
            "takenAt": taken_at.isoformat(timespec="seconds") + "Z" if taken_at else None,
            "total": (self.last_inventory or {}).get("total", 0),
            "levels": [level.to_wire() for level in levels],
            "cassette": self._cassette_to_wire(sum(level.cassette for level in levels)),
            "steps": self._steps(),
        }

    def _steps(self):
        """What can be put in, and what can come out, is a multiple of these; 0: not known.

        :returns: ``{"in": minor units, "out": minor units}``
        """
        self.ensure_one()
        seen = Inventory.from_wire(self.last_inventory).denominations if self.last_inventory else ()
        values = {
            "in": [piece.value for piece in seen],
            "out": [piece.value for piece in seen if piece.is_given_out],
        }
        return {
            way: self._driver()._step(self, found) if found else 0 for way, found in values.items()
        }

    def _payout_step(self):
        """To what the machine rounds up what it gives out; 0: it does not round, or that is not known."""
        return self._steps()["out"] if self._driver()._tolerance(self) else 0

    def _cassette_to_wire(self, pieces):
        capacity = self.cassette_capacity or self._driver()._capacities(self).cassette
        state = "ok"
        if capacity and pieces * 10 >= capacity * 9:
            state = "full" if pieces >= capacity else "near_full"
        return {"pieces": pieces, "capacity": capacity, "state": state}

    def action_bring_list(self):
        return self.env.ref("pos_smartcash_terminal.smartcash_bring_list").report_action(self)

    def _bring_list(self):
        """What the printed list shows: dicts of value and amount (major units), pieces and rolls."""
        self.ensure_one()
        decimals = self.currency_id.decimal_places
        return [
            {
                "value": from_minor(level.value, decimals),
                "pieces": level.bring,
                "rolls": level.to_wire()["rolls"],
                "amount": from_minor(level.value * level.bring, decimals),
            }
            for level in self._levels()
            if level.bring
        ]

    def action_open_counts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "pos_smartcash_terminal.smartcash_count_action"
        )
        action.update(domain=[("device_id", "=", self.id)], context={})
        return action
