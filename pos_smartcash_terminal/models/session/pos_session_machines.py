from collections import defaultdict

from odoo import api, fields, models

from ...core.money import to_minor
from ...core.progress import ENDED

OPEN = ("opened", "closing_control")
#: What the closing screen explains the expected amount with, minor units.
CAUSES = (
    "opening",
    "salesIn",
    "change",
    "refunds",
    "cashIn",
    "cashOut",
    "filled",
    "emptied",
    "exchanged",
    "late",
    "rounding",
    "byHand",
)
#: Of those, the ones that are the net of one kind of operation, or of several.
NET_CAUSES = {
    "refund": "refunds",
    "cash_in": "cashIn",
    "cash_out": "cashOut",
    "fill": "filled",
    "collect": "emptied",
    "empty": "emptied",
    "exchange": "exchanged",
    "transfer": "exchanged",
}


class PosSession(models.Model):
    """The cash machines of a session, and what the books expect in each and in the drawer.

    A session has one cash method and perhaps several machines: rules may send each cashier to
    another one. Their contents add up to the session's cash, with the drawer's: cash that a person
    took or gave instead of a machine.
    """

    _inherit = "pos.session"

    smartcash_count_ids = fields.One2many("smartcash.count", "session_id", string="Counts")
    smartcash_device_ids = fields.Many2many(
        "smartcash.device",
        string="Cash Machines",
        compute="_compute_smartcash_device_ids",
        help="When there are several.",
    )

    @api.depends("smartcash_count_ids")
    def _compute_smartcash_device_ids(self):
        for session in self:
            devices = session.smartcash_count_ids.device_id
            session.smartcash_device_ids = devices if len(devices) > 1 else False

    # ---- which machines -----------------------------------------------------------------------

    def _smartcash_method(self):
        """The payment method whose cash is in machines; empty when cash is in a drawer."""
        self.ensure_one()
        return (
            self.config_id.sudo()
            .payment_method_ids.filtered(
                lambda method: method.is_cash_count and method._is_smartcash_machine()
            )
            .sudo()[:1]
        )

    def _smartcash_machines(self):
        """The machines that this session counts, in the order in which they are locked.

        All that somebody can use now, that were counted at the opening or for the closing, in which money
        moved, or in which the session before left money.
        """
        self.ensure_one()
        return self._smartcash_machines_by_session()[self.id]

    def _smartcash_machines_by_session(self):
        """:returns: ``{session id: devices}``, in a number of queries that does not grow with the
        operations, nor with sessions that are open"""
        methods = {session: session._smartcash_method() for session in self}
        usable = self.env["smartcash.rule"]._usable_devices(
            {session.config_id: method for session, method in methods.items()}
        )
        known = defaultdict(self.env["smartcash.device"].sudo().browse)
        counted = self.env["smartcash.count"]._read_group(
            [("session_id", "in", self.ids), ("moment", "in", ("opening", "closing"))],
            ["session_id", "device_id"],
        )
        moved = self.env["smartcash.operation"]._read_group(
            [
                ("session_id", "in", self.ids),
                ("evidence", "!=", "manual"),
                "|",
                ("net", "!=", 0),
                ("state", "in", ("running", "unknown")),
            ],
            ["session_id", "payment_method_id", "device_id"],
        )
        for session, device in counted:
            known[session.id] |= device
        for session, method, device in moved:
            if method == methods[session]:
                known[session.id] |= device
        for session in self.filtered(lambda session: session.state == "opening_control"):
            for device, count in session._smartcash_previous()._smartcash_counts("closing").items():
                if count.share:
                    known[session.id] |= device
        return {
            session.id: (
                (usable[session.config_id.id] | known[session.id]) or method.smartcash_device_id
            ).sorted("id")
            for session, method in methods.items()
        }

    def _smartcash_previous(self):
        return self.search(
            [("config_id", "=", self.config_id.id), ("id", "<", self.id), ("rescue", "=", False)],
            limit=1,
        )

    def _smartcash_counts(self, moment):
        """:returns: ``{device: its latest count}`` of this session"""
        latest = {}
        for count in self.env["smartcash.count"].search(
            [("session_id", "=", self.id), ("moment", "=", moment)]
        ):
            latest.setdefault(count.device_id, count)
        return latest

    def _smartcash_other_open_sessions(self, device):
        """Sessions of other points of sale that work with the machine now, and will count it."""
        sessions = self.sudo().search(
            [
                ("state", "in", OPEN),
                ("config_id", "!=", self.config_id.id),
                ("config_id.company_id", "=", device.company_id.id),
                ("config_id.payment_method_ids.use_payment_terminal", "=", device.driver),
                ("rescue", "=", False),
            ]
        )
        machines = sessions._smartcash_machines_by_session()
        return sessions.filtered(lambda session: device in machines[session.id])

    def _smartcash_other_configs(self, device):
        """Points of sale whose books may hold a part of what is in the machine."""
        return self.env["pos.config"].search(
            [
                ("id", "!=", self.config_id.id),
                "|",
                "|",
                ("payment_method_ids.smartcash_device_id", "=", device.id),
                ("payment_method_ids.smartcash_rule_ids.device_id", "=", device.id),
                ("session_ids.smartcash_count_ids.device_id", "=", device.id),
            ]
        )

    # ---- what the books expect ---------------------------------------------------------------

    def _smartcash_books(self, device, moment):
        """What should be in a machine, minor units.

        :returns: ``expected``: this session's part of it; ``others``: the parts of the other points of
            sale; ``hand``: the session's drawer; ``shared_with``: other sessions that are open;
            ``joined``: it came into use while the session was open, and what was inside is not known
        """
        if moment == "opening":
            machines, hand = self._smartcash_before_opening()
        else:
            machines, hand = self._smartcash_content()
        shared_with = self._smartcash_other_open_sessions(device)
        elsewhere = 0
        for config in self._smartcash_other_configs(device) | shared_with.config_id:
            last = self.search([("config_id", "=", config.id), ("rescue", "=", False)], limit=1)
            if not last:
                continue
            if last.state == "opening_control":
                elsewhere += last._smartcash_left_over()[0].get(device, 0)
            else:
                elsewhere += last._smartcash_content()[0].get(device, 0)
        return {
            "expected": machines.get(device, 0),
            "others": elsewhere,
            "hand": hand,
            "shared_with": shared_with,
            "joined": moment != "opening" and device in self._smartcash_joined(),
        }

    def _smartcash_before_opening(self):
        """What the books expect before this session is opened: ``{device: minor units}``, and in the
        drawer."""
        return _added(self._smartcash_left_over(), self._smartcash_late_parts("opening"))

    def _smartcash_left_over(self):
        """What the session before this one left: ``{device: minor units}``, and in the drawer."""
        last = self._smartcash_previous()
        counts = last._smartcash_counts("closing")
        if counts:
            return _parts(counts)
        # The first session with a machine: the drawer's cash is to be put into it.
        return {
            self._smartcash_main_machine(): self._smartcash_to_minor(
                last.cash_register_balance_end_real
            )
        }, 0

    def _smartcash_content(self):
        """As :meth:`_smartcash_expected`; of a closed session, what was counted."""
        counts = self._smartcash_counts("closing") if self.state == "closed" else None
        return _parts(counts) if counts else self._smartcash_expected()

    def _smartcash_expected(self):
        """What the opening, the operations of this session and late orders add up to: ``{device: minor units}``,
        and in the drawer."""
        machines, hand = self._smartcash_opening()
        for device, evidence, net in self._smartcash_moved(["device_id", "evidence"], "net:sum"):
            if evidence == "manual":
                hand += self._smartcash_to_minor(net)
            else:
                machines[device] = machines.get(device, 0) + self._smartcash_to_minor(net)
        return _added((machines, hand), self._smartcash_late_parts("closing"))

    def _smartcash_opening(self):
        """What this session was opened with: ``{device: minor units}``, and in the drawer."""
        counts = self._smartcash_counts("opening")
        if counts:
            return _parts(counts)
        # It was opened before its cash was in a machine.
        return {
            self._smartcash_main_machine(): self._smartcash_to_minor(
                self.cash_register_balance_start
            )
        }, 0

    def _smartcash_is_opening_by_hand(self, device):
        """Whether nobody but a person has counted the machine in this session: a machine that is asked
        tells first what was done at it before."""
        counts = self.env["smartcash.count"].search(
            [("session_id", "=", self.id), ("device_id", "=", device.id)]
        )
        openings = counts.filtered(lambda count: count.moment == "opening")
        return bool(openings) and not any(
            count.source == "device" and count.id >= openings[0].id for count in counts
        )

    def _smartcash_joined(self):
        """The machines that came into use while the session was open, and are not settled yet."""
        opened = self._smartcash_counts("opening")
        if not opened:
            return self.env["smartcash.device"]
        return self._smartcash_machines().filtered(lambda device: device not in opened)

    def _smartcash_main_machine(self):
        machines = self._smartcash_machines()
        return machines & self._smartcash_method().smartcash_device_id or machines[:1]

    def _smartcash_moved(self, groupby, *aggregates):
        """The ended operations of this session's cash, summed up; without what its opening count held."""
        return self.env["smartcash.operation"]._read_group(
            [
                ("session_id", "=", self.id),
                ("payment_method_id", "in", self._smartcash_method().ids),
                ("state", "in", tuple(ENDED)),
                ("resolution", "!=", "in_opening"),
            ],
            groupby,
            aggregates,
        )

    def _smartcash_causes(self):
        """How the expected amounts came about.

        :returns: ``{device: {cause: minor units}}``; under the empty device what is in the drawer
        """
        drawer = self.env["smartcash.device"]
        causes = defaultdict(lambda: dict.fromkeys(CAUSES, 0))
        machines, causes[drawer]["opening"] = self._smartcash_opening()
        for device, amount in machines.items():
            causes[device]["opening"] = amount
        groups = self._smartcash_moved(
            ["device_id", "kind", "evidence"],
            *("amount_in:sum", "amount_out:sum", "net:sum", "rounding:sum"),
        )
        for device, kind, evidence, *sums in groups:
            amount_in, amount_out, net, rounding = (
                self._smartcash_to_minor(amount) for amount in sums
            )
            causes[device]["rounding"] += rounding
            if evidence == "manual":
                causes[drawer]["byHand"] += net
            elif kind == "sale":
                causes[device]["salesIn"] += amount_in
                causes[device]["change"] -= amount_out
            else:
                causes[device][NET_CAUSES[kind]] += net
        late, causes[drawer]["late"] = self._smartcash_late_parts("closing")
        for device, amount in late.items():
            causes[device]["late"] = amount
        return causes

    def _smartcash_causes_in_all(self):
        causes = self._smartcash_causes().values()
        return {
            **{name: sum(each[name] for each in causes) for name in CAUSES},
            "opening": self._smartcash_to_minor(self.cash_register_balance_start),
        }

    @api.model
    def _smartcash_sum(self, counts):
        """What the books hold by these counts, machines and drawer, minor units."""
        machines, hand = _parts(counts)
        return sum(machines.values()) + hand

    def _smartcash_to_minor(self, amount):
        return to_minor(amount or 0.0, self.currency_id.decimal_places)


def _parts(counts):
    """Of counts by device: ``{device: this session's part}``, and the drawer's cash, minor units."""
    machines = {device: count._minor("share") for device, count in counts.items()}
    return machines, sum(count._minor("hand") for count in counts.values())


def _added(one, other):
    """Two such parts in one."""
    (machines, hand), (more, more_hand) = one, other
    return {
        device: machines.get(device, 0) + more.get(device, 0) for device in {**machines, **more}
    }, hand + more_hand
