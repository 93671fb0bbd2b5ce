import logging

import psycopg2
from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.osv import expression

from ...core.driver_api import DeviceError
from ...core.money import MAX_MINOR, from_minor
from ...core.registration import Refused

MOMENTS = [("opening", "Opening"), ("closing", "Closing"), ("demand", "On demand")]
EVIDENCE = [("server", "Server"), ("client", "Till"), ("manual", "By hand")]
#: States of a session; a closing that was refused may ask to count again.
COUNTABLE = ("opening_control", "opened", "closing_control")
MAX_REASON = 500

_logger = logging.getLogger(__name__)


class SmartcashCount(models.Model):
    """What was in a machine at a moment of a session; as the ledger, only ever added to.

    A machine may serve several points of sale, each with a method and journal of its own. The total is
    then split: ``share`` is what belongs to the books of this one.
    """

    _name = "smartcash.count"
    _description = "Count of a Cash Machine"
    _order = "id desc"
    _rec_name = "taken_at"
    _check_company_auto = True

    session_id = fields.Many2one(
        "pos.session", required=True, readonly=True, index=True, ondelete="restrict"
    )
    device_id = fields.Many2one(
        "smartcash.device",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    payment_method_id = fields.Many2one(
        "pos.payment.method", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    user_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    moment = fields.Selection(selection=MOMENTS, required=True, readonly=True)
    source = fields.Selection(
        selection=[("device", "Machine"), ("manual", "By hand")], required=True, readonly=True
    )
    evidence = fields.Selection(
        selection=EVIDENCE,
        readonly=True,
        help="Who saw what was inside: the server itself, the till's browser, whose word cannot be "
        "checked, or a person.",
    )
    taken_at = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    reason = fields.Char(readonly=True, help="Why a person counted instead of the machine.")
    last_operation_id = fields.Many2one(
        "smartcash.operation",
        readonly=True,
        ondelete="restrict",
        help="The latest operation of the machine that had ended when it was counted.",
    )
    superseded = fields.Boolean(
        readonly=True,
        help="Counted again for the same opening or closing: tables and graphs take the later count.",
    )
    # Several counts of one day are averaged in graphs: their sum was never in a machine.
    total = fields.Monetary(
        readonly=True, group_operator="avg", help="All that was in the machine."
    )
    share = fields.Monetary(
        readonly=True,
        group_operator="avg",
        help="The part of the total that belongs to this Point of Sale.",
    )
    expected = fields.Monetary(
        readonly=True, group_operator="avg", help="What the books expected as that part."
    )
    difference = fields.Monetary(
        compute="_compute_difference",
        store=True,
        precompute=True,
        help="More (or less) in the machine than the books of this Point of Sale expected.",
    )
    deferred = fields.Monetary(
        readonly=True,
        help="A difference seen while another Point of Sale works with the machine: the last session "
        "to close books it.",
    )
    found = fields.Monetary(
        readonly=True,
        help="What was inside before this session used the machine, when that was not counted at its "
        "opening: more than its own operations account for.",
    )
    hand = fields.Monetary(
        string="By Hand", readonly=True, help="Cash in the drawer, beside the machine."
    )
    line_ids = fields.One2many("smartcash.count.line", "count_id", readonly=True)

    @api.depends("share", "expected")
    def _compute_difference(self):
        for count in self:
            count.difference = count.share - count.expected

    # ---- public method ------------------------------------------------------------------------

    @api.model
    def take(self, session_id, moment, seen=None, device_id=None):
        """Write down how much is in a machine of a session.

        :param str moment: a key of ``MOMENTS``
        :param dict seen: what the till saw: ``{"inventory": …}`` (the wire form of
            :class:`~..driver_api.Inventory`); or ``{"total": minor units, "reason": …}`` when a person
            counted; None when the server can ask the machine itself
        :param device_id: which of the session's machines; None: the one that this user works with
        :returns: see :meth:`_to_wire`; or ``{"refused": …}``, and nothing is written
        """
        operations = self.env["smartcash.operation"]
        operations._check_pos_user()
        try:
            if not isinstance(moment, str) or moment not in dict(MOMENTS):
                raise Refused("bad_values", _("The moment is one of: %s", ", ".join(dict(MOMENTS))))
            session = operations._open_session(session_id, COUNTABLE)
            if moment == "opening" and session.state != "opening_control":
                raise Refused(
                    "already_open",
                    _(
                        "%s is open: its opening count stands. Nothing was changed. Reload the page.",
                        session.name,
                    ),
                )
            return self.sudo()._take(session, moment, seen, device_id)._to_wire()
        except Refused as refused:
            return refused.to_wire()

    @api.model
    def latest(self, session_id, moment, device_id):
        """The count that another till has taken of one of the session's machines.

        :returns: as :meth:`take`; None when there is none, or money has moved since
        """
        operations = self.env["smartcash.operation"]
        operations._check_pos_user()
        try:
            session = operations._open_session(session_id, COUNTABLE).sudo()
        except Refused as refused:
            return refused.to_wire()
        counts = session._smartcash_counts(moment)
        count = next((one for one in counts.values() if one.device_id.id == device_id), None)
        if not count or (moment == "closing" and session._smartcash_is_stale(count)):
            return None
        return count._to_wire()

    def _take(self, session, moment, seen, device_id):
        method, device = self._machine_of(session, device_id)
        self._check_currency(session, device)
        self._check_right(session, method, moment)
        device._lock_rows()
        values = self._read_seen(device, seen)
        running = self.env["smartcash.operation"].search(
            [("device_id", "=", device.id), ("state", "=", "running")], limit=1
        )
        # What a person counts is no less right for a till that died with its operation running.
        if running and values["source"] == "device":
            raise Refused(
                "device_busy",
                _("%s is busy. Count again when the running operation has ended.", device.name),
                operation=running.uuid,
            )
        books = session._smartcash_books(device, moment)
        share, deferred = self._split(values["total"], books)
        found = self._find_new(share, books)
        decimals = device.currency_id.decimal_places
        amounts = {
            "total": values.pop("total"),
            "share": share,
            "expected": books["expected"] + found,
            "found": found,
            "deferred": deferred,
            # The drawer is the session's, and told by one of its machines.
            "hand": books["hand"] if device == session._smartcash_machines()[:1] else 0,
        }
        count = self.create(
            {
                "session_id": session.id,
                "device_id": device.id,
                "payment_method_id": method.id,
                "company_id": session.config_id.company_id.id,
                "currency_id": device.currency_id.id,
                "user_id": self.env.uid,
                "moment": moment,
                "last_operation_id": device._last_operation(before=running).id,
                **{name: from_minor(minor, decimals) for name, minor in amounts.items()},
                **values,
            }
        )
        count._supersede_earlier()
        if moment == "closing" and count.source == "device":
            device._follow_use()
        return count

    def _supersede_earlier(self):
        """An opening or a closing has one count of each machine, however often it was tried."""
        if self.moment != "demand":
            self.search(
                [
                    ("session_id", "=", self.session_id.id),
                    ("device_id", "=", self.device_id.id),
                    ("moment", "=", self.moment),
                    ("id", "<", self.id),
                    ("superseded", "=", False),
                ]
            ).write({"superseded": True})

    def init(self):
        """Counts of before this was written down."""
        self.env.cr.execute(
            """
            UPDATE smartcash_count earlier SET superseded = true
              FROM smartcash_count later
             WHERE earlier.superseded IS NOT TRUE AND earlier.moment != 'demand'
               AND later.session_id = earlier.session_id AND later.device_id = earlier.device_id
               AND later.moment = earlier.moment AND later.id > earlier.id
            """
        )

    @api.model
    def read_group(self, domain, fields, groupby, offset=0, limit=None, orderby=False, lazy=True):
        return super().read_group(
            _latest_only(domain), fields, groupby, offset, limit, orderby, lazy
        )

    def _machine_of(self, session, device_id):
        """:returns: the payment method and the device that is to be counted"""
        method = session._smartcash_method()
        if not method:
            raise Refused("no_machine", _("%s has no cash machine.", session.config_id.name))
        machines = session._smartcash_machines()
        if device_id is None:
            admission = self.env["smartcash.rule"]._admit(method, session.config_id, self.env.user)
            return method, machines & admission[method.id].device or machines[:1]
        device = machines.filtered(lambda device: device.id == device_id)
        if not device:
            raise Refused(
                "bad_values",
                _(
                    "%s does not use this machine any more. Reload the page.",
                    session.config_id.name,
                ),
            )
        return method, device

    @api.model
    def _check_currency(self, session, device):
        """The books of the session would take one currency's amounts for the other's."""
        if device.currency_id != session.currency_id:
            raise Refused(
                "other_currency",
                _(
                    "%(device)s works in %(currency)s, and %(config)s in %(expected)s: it is not counted. "
                    "Ask a manager to correct the device's currency, then count again.",
                    device=device.name,
                    currency=device.currency_id.name,
                    config=session.config_id.name,
                    expected=session.currency_id.name,
                ),
            )

    def _check_right(self, session, method, moment):
        """Who opens or closes must be able to count, whatever else a rule allows; and managers close
        sessions of tills that they do not use."""
        user = self.env.user
        if moment != "demand" and user.has_group("point_of_sale.group_pos_manager"):
            return
        admission = self.env["smartcash.rule"]._admit(method, session.config_id, user)[method.id]
        if admission.code:
            raise Refused(admission.code, admission.refusal)
        if moment == "demand" and "count" not in admission.rights:
            raise Refused(
                "right_missing",
                _("Your rule for %s does not allow counting. Ask a manager.", method.name),
                right="count",
            )

    @api.model
    def _split(self, total, books):
        """:returns: the part of ``total`` that belongs to these books, and what is left for later

        While others work with the machine a difference may be theirs: the last one to close books it.
        """
        if books["shared_with"]:
            return books["expected"], total - books["others"] - books["expected"]
        return total - books["others"], 0

    @api.model
    def _find_new(self, share, books):
        """What a machine that is new to the session held before: all that nobody's books explain. While
        others work with it, their sessions are asked first."""
        if not books["joined"] or books["shared_with"]:
            return 0
        return max(0, share - books["expected"])

    # ---- what was seen ----------------------------------------------------------------------

    @api.model
    def _read_seen(self, device, seen):
        if seen is None:
            return self._ask_device(device)
        if not isinstance(seen, dict):
            raise Refused("bad_values", _("The count cannot be read."))
        if seen.get("inventory") is not None:
            if device.transport == "server":
                raise Refused("not_yours", device._says_who_looks())
            return self._read_inventory(device, seen["inventory"], "client")
        total, reason = seen.get("total"), seen.get("reason")
        if not isinstance(total, int) or isinstance(total, bool) or not 0 <= total <= MAX_MINOR:
            raise Refused("bad_values", _("Enter how much is in the machine: 0 or more."))
        reason = reason.strip() if isinstance(reason, str) else ""
        if not reason or len(reason) > MAX_REASON:
            raise Refused("bad_values", _("Say why the machine could not be counted by itself."))
        return {"source": "manual", "evidence": "manual", "total": total, "reason": reason}

    @api.model
    def _ask_device(self, device):
        if device.transport != "server":
            raise Refused(
                "bad_values", _("The till counts this machine: open it in the Point of Sale.")
            )
        try:
            wire = device._driver_at_home()._inventory(device).to_wire()
        except DeviceError as error:
            raise Refused(
                "unreachable",
                _("%(device)s could not be counted: %(why)s", device=device.name, why=str(error)),
            ) from error
        except psycopg2.Error:
            raise
        except Exception as error:
            # Then a person counts, as when the machine is switched off.
            _logger.exception("a count of %s broke", device.name)
            raise Refused(
                "unreachable",
                _(
                    "%s could not be counted: something broke in Odoo. Nothing was booked. The server's log "
                    "has the details.",
                    device.name,
                ),
            ) from error
        return self._read_inventory(device, wire, "server")

    @api.model
    def _read_inventory(self, device, wire, evidence):
        """:param evidence: who says that this was in the machine, a key of ``EVIDENCE``"""
        inventory = device._parse_inventory(wire)
        device._note_inventory(inventory)
        decimals = device.currency_id.decimal_places
        return {
            "source": "device",
            "evidence": evidence,
            "total": inventory.total,
            "line_ids": [
                fields.Command.create(
                    {
                        "value": from_minor(piece.value, decimals),
                        "kind": piece.kind,
                        "recycler": piece.recycler,
                        "cassette": piece.cassette,
                    }
                )
                for piece in inventory.denominations
            ],
        }

    # ---- answers ------------------------------------------------------------------------------

    def _minor(self, name):
        self.ensure_one()
        return self.env["smartcash.operation"]._minor_of(self[name], self.currency_id)

    def _to_wire(self):
        self.ensure_one()
        before = self.search([("device_id", "=", self.device_id.id), ("id", "<", self.id)], limit=1)
        shared = self.session_id._smartcash_other_open_sessions(self.device_id)
        return {
            "id": self.id,
            "moment": self.moment,
            "source": self.source,
            "evidence": self.evidence or None,
            "currency": self.currency_id.name,
            "takenAt": self.taken_at.isoformat(timespec="seconds") + "Z",
            "deviceId": self.device_id.id,
            "deviceName": self.device_id.name,
            "payoutStep": self.device_id._payout_step(),
            "total": self._minor("total"),
            "share": self._minor("share"),
            "expected": self._minor("expected"),
            "difference": self._minor("difference"),
            "deferred": self._minor("deferred"),
            "found": self._minor("found"),
            # Less than nothing is in no drawer: that cash came from elsewhere.
            "handExpected": max(0, self._minor("hand")),
            "handElsewhere": max(0, -self._minor("hand")),
            "sharedWith": shared.config_id.mapped("name"),
            "lastTotal": before._minor("total") if before else None,
            "lastAt": before.taken_at.isoformat(timespec="seconds") + "Z" if before else None,
            "denominations": [line._to_wire() for line in self.line_ids],
            "bring": self._bring(),
        }

    def _bring(self):
        """Before opening: what the machine that has just been counted runs out of."""
        if self.moment != "opening" or self.source != "device":
            return []
        return [level.to_wire() for level in self.device_id._levels() if level.bring]

    def write(self, vals):
        self.check_access_rights("write")
        if not set(vals) <= {"hand", "superseded"}:
            raise UserError(_("A count cannot be changed. Count again."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(_("A count cannot be deleted. Count again."))


class SmartcashCountLine(models.Model):
    _name = "smartcash.count.line"
    _description = "Pieces of one Denomination"
    _order = "value desc, id"
    _log_access = False

    count_id = fields.Many2one(
        "smartcash.count", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="count_id.currency_id")
    # Stored: graphs and pivots group by them.
    device_id = fields.Many2one(related="count_id.device_id", store=True, index=True)
    session_id = fields.Many2one(related="count_id.session_id", store=True)
    moment = fields.Selection(related="count_id.moment", store=True)
    taken_at = fields.Datetime(related="count_id.taken_at", store=True)
    superseded = fields.Boolean(related="count_id.superseded", store=True)
    denomination = fields.Char(compute="_compute_denomination", store=True)
    value = fields.Monetary(readonly=True, group_operator=None)
    kind = fields.Selection(selection=[("coin", "Coin"), ("note", "Note")], readonly=True)
    recycler = fields.Integer(
        readonly=True, group_operator="avg", help="Pieces that the machine can give out."
    )
    cassette = fields.Integer(
        readonly=True, group_operator="avg", help="Pieces that can only be collected."
    )
    pieces = fields.Integer(
        compute="_compute_amount", store=True, precompute=True, group_operator="avg"
    )
    amount = fields.Monetary(
        compute="_compute_amount", store=True, precompute=True, group_operator="avg"
    )

    def init(self):
        """After the counts' own."""
        self.env.cr.execute(
            """
            UPDATE smartcash_count_line line SET superseded = true
              FROM smartcash_count count
             WHERE line.count_id = count.id AND count.superseded AND line.superseded IS NOT TRUE
            """
        )

    @api.model
    def read_group(self, domain, fields, groupby, offset=0, limit=None, orderby=False, lazy=True):
        return super().read_group(
            _latest_only(domain), fields, groupby, offset, limit, orderby, lazy
        )

    @api.depends("value", "currency_id")
    def _compute_denomination(self):
        """Text that sorts by value: pivots group by no amount."""
        for line in self:
            decimals = line.currency_id.decimal_places
            line.denomination = f"{line.value:>9.{decimals}f} {line.currency_id.name}"

    @api.depends("value", "recycler", "cassette")
    def _compute_amount(self):
        for line in self:
            line.pieces = line.recycler + line.cassette
            line.amount = line.value * line.pieces

    def _to_wire(self):
        return {
            "value": self.env["smartcash.operation"]._minor_of(self.value, self.currency_id),
            "kind": self.kind,
            "recycler": self.recycler,
            "cassette": self.cassette,
        }


def _latest_only(domain):
    """Two counts of one closing have neither a sum nor an average, unless somebody asks for both."""
    if any(isinstance(leaf, (list, tuple)) and leaf[0] == "superseded" for leaf in domain):
        return domain
    return expression.AND([domain, [("superseded", "!=", True)]])
