from odoo import api, fields, models

from ...core.levels import Limits
from ...core.money import to_minor

STATES = [
    ("ok", "In order"),
    ("near_empty", "Nearly empty"),
    ("empty", "Empty"),
    ("near_full", "Nearly full"),
    ("full", "Full"),
]
BY_HAND = ("low", "high", "target")


class SmartcashDeviceLevel(models.Model):
    """What to watch on one recycler of a machine, and how many pieces to open with.

    Rows appear by themselves with what a machine can give out. They follow its use until somebody
    changes them.
    """

    _name = "smartcash.device.level"
    _description = "Level of a Recycler"
    _order = "kind, value, id"
    _log_access = False

    device_id = fields.Many2one("smartcash.device", required=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="device_id.currency_id")
    value = fields.Monetary(string="Denomination", required=True, readonly=True)
    kind = fields.Selection(
        selection=[("coin", "Coin"), ("note", "Note")], required=True, readonly=True
    )
    automatic = fields.Boolean(
        default=True,
        help="The limits follow what the sessions of the last 30 days used. Untick to set them yourself.",
    )
    capacity = fields.Integer(help="Pieces that the recycler holds; 0: not known.")
    low = fields.Integer(help="Warn when this many pieces or fewer remain.")
    high = fields.Integer(help="Nearly full at so many pieces or more; 0: no warning.")
    target = fields.Integer(string="Open With", help="Pieces to open with; 0: never bring any.")
    roll = fields.Integer(
        default=1, help="Pieces that come together, for example 40 coins of 0.50."
    )
    recycler = fields.Integer(compute="_compute_level")
    cassette = fields.Integer(compute="_compute_level")
    state = fields.Selection(selection=STATES, string="Level", compute="_compute_level")
    bring = fields.Integer(
        compute="_compute_level", help="Pieces to bring before the next opening."
    )

    _sql_constraints = [
        (
            "denomination_unique",
            "UNIQUE(device_id, value, kind)",
            "A device has one line for each denomination.",
        ),
        (
            "pieces_possible",
            "CHECK(capacity >= 0 AND low >= 0 AND high >= 0 AND target >= 0 AND roll >= 1)",
            "Levels are numbers of pieces: 0 or more, and a roll has at least 1.",
        ),
    ]

    @api.depends("capacity", "low", "high", "target", "roll", "device_id.last_inventory")
    def _compute_level(self):
        for device, rows in self.grouped("device_id").items():
            found = {(level.value, level.kind): level for level in device._levels()}
            for row in rows:
                level = found.get(row._key())
                row.recycler = level.recycler if level else 0
                row.cassette = level.cassette if level else 0
                row.state = level.state if level else "ok"
                row.bring = level.bring if level else 0

    @api.onchange(*BY_HAND)
    def _onchange_limits(self):
        self.automatic = False

    def write(self, vals):
        if "automatic" not in vals and not set(BY_HAND).isdisjoint(vals):
            vals = {**vals, "automatic": False}
        done = super().write(vals)
        if not {"automatic", "capacity"}.isdisjoint(vals) and set(BY_HAND).isdisjoint(vals):
            for device in self.device_id:
                device._follow_use()
        return done

    def _key(self):
        self.ensure_one()
        return to_minor(self.value, self.currency_id.decimal_places), self.kind

    def _limits(self):
        return Limits(self.capacity, self.low, self.high, self.target, max(1, self.roll))
