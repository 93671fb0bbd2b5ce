from dataclasses import asdict

import psycopg2.errors
from odoo import _, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools.misc import formatLang

from ...core.db_conflict import quiet_database
from ...core.driver_api import DeviceRefused
from ...core.money import from_minor
from ...core.progress import FINAL, MONEY_OUT, SERVICES
from ...core.registration import RIGHTS, SERVICE, Refused, Registration
from .questions import PATIENCE

OPEN_SESSION = ("opening_control", "opened")
#: Kinds whose amount somebody types, and which of the device's steps it has to fit.
STEPS = {"cash_in": "in", "cash_out": "out"}
#: Refusals that happen in the best shop.
EVERYDAY = frozenset({"device_busy", "session_closed"})


class SmartcashOperation(models.Model):
    """Writing an operation down before money moves.

    ``register`` may be replayed: by the till's outbox, and by Odoo after a serialisation failure.
    """

    _inherit = "smartcash.operation"

    # ---- public methods -----------------------------------------------------------------------

    @api.model
    def register(self, values):
        """Write an operation down, and claim its device when the till itself drives it. One that the
        till has given up is written down as failed: its own request may still be on its way here.

        :param dict values: see :class:`~..registration.Registration`
        :returns: the operation, with a ``token`` for its device if it needs one; or ``{"refused": …}``
        """
        self._check_pos_user()
        wish, operation = None, self.browse()
        try:
            wish = Registration.from_wire(values)
            operation = self._lock(wish.uuid)
            if operation:
                operation._check_same(wish)
            else:
                operation = self.sudo()._register_wish(wish)
            return operation._registered_data()
        except Refused as refused:
            if wish:
                self.sudo()._note_refused_wish(refused, wish, operation)
            return refused.to_wire()
        except psycopg2.errors.UniqueViolation:
            return self._register_after_race(wish)

    def _registered_data(self):
        self.ensure_one()
        return {
            **self._to_wire(),
            "deviceId": self.device_id.id,
            "token": self._start_token(),
        }

    # ---- who -------------------------------------------------------------------------------------

    @api.model
    def _check_pos_user(self):
        if not self.env.user.has_group("point_of_sale.group_pos_user"):
            raise AccessError(_("Only Point of Sale users may do this."))

    @api.model
    def _check_pos_manager(self):
        if not self.env.user.has_group("point_of_sale.group_pos_manager"):
            raise AccessError(_("Only Point of Sale managers may do this."))

    def _check_mine(self):
        """The one who registered it, the one who opened the session, a manager, or whoever
        could run the same operation there (a colleague who took over the till)."""
        user = self.env.user
        if user == self.user_id or user == self.session_id.user_id:
            return
        if user.has_group("point_of_sale.group_pos_manager"):
            return
        admission = self.env["smartcash.rule"]._admit(
            self.payment_method_id, self.session_id.config_id, user
        )
        if RIGHTS.get(self.kind) not in admission[self.payment_method_id.id].rights:
            raise Refused("not_yours", _("Another user runs this operation."))

    def _check_till_sees_it(self, said):
        if self.device_id.transport == "server":
            if self.state in FINAL and said.state not in FINAL:
                raise self._backwards()  # that is a question, and here is the answer
            raise Refused(
                "not_yours",
                _("The server itself watches this device; the till cannot report on it."),
            )

    @api.model
    def _lock(self, uuid):
        """The operation (in sudo), locked; empty when there is none that this user's companies may see."""
        self.flush_model(["uuid"])
        self.env.cr.execute(
            "SELECT id FROM smartcash_operation WHERE uuid = %s FOR UPDATE",
            [uuid],
            log_exceptions=False,
        )
        return self.sudo().browse(row[0] for row in self.env.cr.fetchall())._visible()

    def _visible(self):
        companies = self.env.user._get_company_ids()
        return self.filtered(lambda operation: operation.company_id.id in companies)

    @api.model
    def _visible_session(self, session_id):
        valid = (
            isinstance(session_id, int)
            and not isinstance(session_id, bool)
            and 0 < session_id < 2**31
        )
        session = (
            self.env["pos.session"]
            .sudo()
            .search_fetch(
                [("id", "=", session_id if valid else 0)], ["name", "state", "config_id", "user_id"]
            )
        )
        # Just what is looked at below: a sale waits for this.
        session.config_id.fetch(["name", "company_id"])
        if session.config_id.company_id.id not in self.env.user._get_company_ids():
            raise Refused("bad_values", _("There is no such session in your companies."))
        return session

    @api.model
    def _open_session(self, session_id, states=OPEN_SESSION):
        session = self._visible_session(session_id)
        if session.state not in states:
            raise Refused(
                "session_closed", _("The session %s is closed. Open a new one.", session.name)
            )
        return session

    @api.model
    def _session_of_wish(self, wish):
        """What a till could not tell before its session was closed goes where its order will go: into the
        session that Odoo makes for late orders."""
        if not wish.late:
            return self._open_session(wish.session_id)
        session = self._visible_session(wish.session_id)
        if session.state in OPEN_SESSION:
            return session
        # Core takes the order for its log only.
        return (
            self.env["pos.order"]
            .sudo()
            ._get_valid_session(
                {
                    "pos_session_id": session.id,
                    "name": wish.order_name or wish.reference or wish.uuid,
                    "amount_total": wish.amount,
                }
            )
        )

    # ---- registering ----------------------------------------------------------------------------

    def _register_wish(self, wish):
        session = self._session_of_wish(wish)
        if wish.kind in SERVICES and session.state != "opened":
            # Its opening count would hold what the ledger adds to it.
            raise Refused(
                "session_closed",
                _("%s is not open yet. Open the session first, then do this.", session.name),
            )
        method = self.env["pos.payment.method"].sudo().browse(wish.payment_method_id)
        if method not in session.config_id.payment_method_ids:
            raise Refused("bad_values", _("This Point of Sale does not use that payment method."))
        if wish.parent_uuid:
            parent = self._parent_of(wish, session, method)
            device = parent.device_id
        else:
            parent = self.browse()
            device = self._admitted_device(wish, session, method)
        if wish.currency != device.currency_id.name:
            raise Refused(
                "bad_values",
                _(
                    "The device %(device)s works in %(currency)s.",
                    device=device.name,
                    currency=device.currency_id.name,
                ),
            )
        if not (wish.manual or wish.withdrawn):
            self._check_device_free(device, session)
        with quiet_database(), self.env.cr.savepoint():
            operation = self.create(self._registered_values(wish, session, method, device, parent))
            operation._add_event("registered", self._describe_registration(operation))
            # Without its token the till could not start: then nothing is written and the device stays free.
            operation._start_token()
        if operation._is_ended():
            operation._book_cash_move()
            operation._match()
        return operation

    @api.model
    def _describe_registration(self, operation):
        if operation.evidence == "manual":
            text = _("By hand, registered by %s")
        elif operation._is_ended():
            text = _("Given up before it was registered, by %s")
        else:
            text = _("Registered by %s")
        return text % (operation.cashier or self.env.user.name)

    def _admitted_device(self, wish, session, method):
        if method.use_payment_terminal not in method._smartcash_terminal_keys():
            raise Refused(
                "bad_values", _("The payment method %s is not paid through a device.", method.name)
            )
        if wish.manual and not method._is_smartcash_machine():
            raise Refused(
                "bad_values", _("%s holds no cash: nothing is done by hand on it.", method.name)
            )
        # The till got its device after that comparison, and the wish's currency is compared anyway.
        admission = self.env["smartcash.rule"]._admit(
            method, session.config_id, self.env.user, compare_currency=False
        )[method.id]
        if admission.code:
            raise Refused(admission.code, admission.refusal)
        right = RIGHTS[wish.kind]
        if right == SERVICE and right not in admission.rights:
            raise Refused(
                "right_missing",
                _(
                    "Only a manager may fill or empty %s, or change notes in it. No money moved. "
                    "Ask a manager to sign in on this till.",
                    admission.device.name,
                ),
                right=right,
            )
        if right not in admission.rights:
            raise Refused("right_missing", self._explain_missing_right(admission), right=right)
        if wish.manual and "by_hand" not in admission.rights:
            raise Refused(
                "right_missing",
                _(
                    "You may not take or give cash by hand on %s. Ask a manager to do it, or to tick "
                    "“Take by Hand” in your rule under "
                    "Point of Sale > Configuration > SmartCash > Rules.",
                    method.name,
                ),
                right="by_hand",
            )
        limit = admission.limits.get(right)
        if limit and not 0 < wish.amount <= limit:
            raise Refused(
                "amount_limit",
                _(
                    "Your rule for %(method)s allows %(limit)s at most. No money moved. Ask a manager "
                    "to do it, or use another payment method.",
                    method=method.name,
                    limit=formatLang(
                        self.env,
                        from_minor(limit, admission.device.currency_id.decimal_places),
                        currency_obj=admission.device.currency_id,
                    ),
                ),
                limit=limit,
            )
        device = self._device_of_wish(wish, admission)
        if not wish.manual and not wish.late:
            self._check_home(device)
        is_manager = self.env.user.has_group("point_of_sale.group_pos_manager")
        if wish.kind == "refund" and not admission.rule and not is_manager:
            self._check_refund(wish, session, device.currency_id)
        if (
            not wish.manual
            and wish.kind
            not in (device.capabilities or device._driver()._capabilities(device))["kinds"]
        ):
            raise Refused("bad_values", _("%s cannot do this.", device.name))
        if wish.kind in STEPS and not wish.manual and not wish.late:
            self._check_payable(wish, device)
        return device

    @api.model
    def _check_payable(self, wish, device):
        """A machine rounds what it has no pieces for, or leaves it owed: it would move another amount than
        somebody has confirmed."""
        step = device._steps()[STEPS[wish.kind]]
        if not step or not wish.amount % step:
            return
        below = wish.amount - wish.amount % step
        decimals = device.currency_id.decimal_places
        amount, *possible = (
            device.currency_id.format(from_minor(minor, decimals))
            for minor in (wish.amount, *filter(None, (below, below + step)))
        )
        raise Refused(
            "not_payable",
            _(
                "%(device)s has no pieces for %(amount)s. No money moved. Enter %(possible)s.",
                device=device.name,
                amount=amount,
                possible=_(" or ").join(possible),
            ),
            below=below,
            above=below + step,
        )

    def _device_of_wish(self, wish, admission):
        """The till moves money at the device that it was told of when its page came up. Before anything
        has moved, that has to be where its user is led now; afterwards it is where the money is."""
        device = admission.device
        if wish.device_id in (None, device.id):
            return device
        if wish.late:
            named = device.search([("id", "=", wish.device_id)])
            if named.company_id == device.company_id and named.driver == device.driver:
                return named
        raise Refused(
            "other_device",
            _(
                "%s is your machine now, and this page still uses another one. Nothing was charged. "
                "Reload the page, then try again.",
                device.name,
            ),
            deviceId=device.id,
        )

    @api.model
    def _explain_missing_right(self, admission):
        if admission.rule:
            text = _(
                "Your rule for %s does not allow this. No money moved. Ask a manager to do it, "
                "or use another payment method."
            )
        else:
            text = _(
                "Without a rule only a manager may take cash out of %s. No money moved. Ask a manager "
                "to do it, or to add a rule for you under "
                "Point of Sale > Configuration > SmartCash > Rules."
            )
        return text % admission.method.name

    def _parent_of(self, wish, session, method):
        """The operation whose missing money is handed over by hand."""
        parent = self._lock(wish.parent_uuid).sudo()
        if not wish.manual or wish.kind not in MONEY_OUT or not parent or parent.parent_id:
            raise Refused(
                "bad_values", _("Only money that a machine still owes can be handed over by hand.")
            )
        if parent.payment_method_id != method or parent.session_id.config_id != session.config_id:
            raise Refused(
                "bad_values", _("The operation belongs to another payment method or Point of Sale.")
            )
        parent._check_mine()
        owed = parent._minor("undispensed") - sum(
            child._minor("amount_out") for child in parent.child_ids
        )
        # The by-hand row may overtake the report of its parent: then the report is checked against it.
        if parent._is_ended() and wish.amount > owed:
            raise Refused("bad_values", _("The machine owes less than that."), owed=max(owed, 0))
        return parent

    @api.model
    def _check_home(self, device):
        try:
            device._check_home()
        except DeviceRefused as error:
            raise Refused("not_paired", str(error)) from error

    def _check_device_free(self, device, session):
        running = self.search([("device_id", "=", device.id), ("state", "=", "running")], limit=1)
        if running:
            raise self._busy(device, running, running.session_id == session)

    def _busy(self, device, running, mine):
        """:param running: the operation that keeps the device busy; empty when it has just ended"""
        if running:
            began = running.started_at or running.create_date
            words = _(
                "%(device)s is busy: %(who)s at %(config)s. Nothing was charged. "
                "Wait until that has ended, then press Retry."
            )
            if began < fields.Datetime.now() - PATIENCE:
                words = _(
                    "%(device)s is still busy with what %(who)s began at %(config)s. Nothing was charged. "
                    "Open the machine's panel there and press Check. If the till or the machine is gone, "
                    "a manager decides under Point of Sale > SmartCash > Operations."
                )
            message = words % {
                "device": device.display_name,
                "who": running.cashier or running.user_id.name,
                "config": running.session_id.config_id.name or device.display_name,
            }
        else:
            message = _("%s was busy. Nothing was charged. Press Retry.", device.display_name)
        return Refused(
            "device_busy",
            message,
            operation=running.uuid if running else None,
            deviceId=device.id,
            mine=mine,
            unheardFor=running._seconds_unheard() if running else None,
        )

    def _seconds_unheard(self):
        """How long ago it was registered, if no till has told anything about it since; else None."""
        self.ensure_one()
        if self._is_ended() or self.phase != "registered":
            return None
        since = self.started_at or self.create_date
        return int((fields.Datetime.now() - since).total_seconds())

    def _registered_values(self, wish, session, method, device, parent):
        currency = device.currency_id
        now = fields.Datetime.now()
        amount = from_minor(wish.amount, currency.decimal_places)
        values = {
            "uuid": wish.uuid,
            "kind": wish.kind,
            "device_id": device.id,
            "payment_method_id": method.id,
            "session_id": session.id,
            "company_id": session.config_id.company_id.id,
            "user_id": self.env.uid,
            "cashier": wish.cashier,
            "order_uid": wish.order_uid,
            "order_name": wish.order_name,
            "partner_id": self._customer_of(wish).id,
            "reference": wish.reference,
            "allow_partial": wish.allow_partial,
            "currency_id": currency.id,
            "amount": amount,
            "parent_id": parent.id,
            "refunded_order_ids": self._refunded_orders(wish, session).ids,
            "state": "draft",
        }
        if wish.manual:
            moved = "amount_out" if wish.kind in MONEY_OUT else "amount_in"
            values.update(
                state="done",
                phase="ended",
                evidence="manual",
                started_at=now,
                ended_at=now,
                **{moved: amount},
            )
        elif wish.withdrawn:
            values.update(
                state="failed", phase="ended", evidence="client", started_at=now, ended_at=now
            )
        elif device.transport != "server":
            values.update(state="running", started_at=now)
        return values

    def _customer_of(self, wish):
        """Card terminals tell the acquirer who pays. A customer whom this user cannot see is none."""
        partners = self.env["res.partner"].with_user(self.env.uid).sudo(False)
        return partners.search([("id", "=", wish.partner_id)]) if wish.partner_id else partners

    @api.model
    def _refunded_orders(self, wish, session):
        """What the till says that a refund takes back, as far as it is of this company."""
        if not wish.refunded_line_ids:
            return self.env["pos.order"]
        lines = self.env["pos.order.line"].search(
            [
                ("id", "in", wish.refunded_line_ids),
                ("order_id.company_id", "=", session.config_id.company_id.id),
            ]
        )
        return lines.order_id

    def _check_same(self, wish):
        """The same uuid may come again with the same wish; with another one it is somebody's mistake."""
        if self._is_guessed():
            self._hear_registration(wish)
            return
        same = (
            self.kind == wish.kind
            and self._minor("amount") == wish.amount
            and self.currency_id.name == wish.currency
            and self.payment_method_id.id == wish.payment_method_id
            and wish.device_id in (None, self.device_id.id)
            and (self.parent_id.uuid or None) == wish.parent_uuid
            and (self.evidence == "manual") == wish.manual
        )
        if not same:
            raise self._uuid_conflict()
        self._check_mine()

    @api.model
    def _uuid_conflict(self):
        return Refused(
            "uuid_conflict", _("This operation ID was used for another operation. Start again.")
        )

    def _note_refused_wish(self, refused, wish, operation):
        """A refused wish leaves a trace for the managers, but a busy device is everyday life."""
        if refused.code in EVERYDAY:
            return
        known = operation or (self._lock(wish.parent_uuid) if wish.parent_uuid else operation)
        if known:
            known._note_refusal(refused, wish=wish)
            return
        session = self.env["pos.session"].search([("id", "=", wish.session_id)])
        self.env["smartcash.operation.event"].create(
            {
                "company_id": (session.company_id or self.env.user.company_id).id,
                "user_id": self.env.uid,
                "kind": "refused",
                "message": refused.message,
                "data": {"code": refused.code, "wish": asdict(wish)},
            }
        )

    def _register_after_race(self, wish):
        """Somebody else's row was committed while ours was on its way; our snapshot cannot see it."""
        with self.env.registry.cursor() as cr:
            fresh = self.with_env(self.env(cr=cr))
            operation = fresh._lock(wish.uuid)
            try:
                if operation:
                    operation._check_same(wish)
                    return operation._registered_data()
                operation = fresh.sudo().search([("uuid", "=", wish.uuid)])
                if operation:
                    raise fresh._uuid_conflict()
                session = fresh._visible_session(wish.session_id)
                if not wish.late:
                    session = fresh._open_session(wish.session_id)
                method = session.config_id.payment_method_ids.browse(wish.payment_method_id)
                device = fresh.sudo()._admitted_device(wish, session, method)
                fresh.sudo()._check_device_free(device, session)
                # It ended in the meantime: the next attempt will find the device free.
                raise fresh._busy(device, fresh.sudo().browse(), False)
            except Refused as refused:
                fresh.sudo()._note_refused_wish(refused, wish, operation.sudo())
                return refused.to_wire()
