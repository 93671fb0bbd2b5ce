import logging
from dataclasses import asdict

from odoo import _, api, fields, models
from odoo.tools import float_repr
from psycopg2.errors import SerializationFailure

from ...core.bounds import exceeds_request
from ...core.db_conflict import TURN_LOST
from ...core.driver_api import DeviceRefused
from ...core.progress import FINAL, TRANSITIONS, InvalidProgress, Progress
from ...core.registration import Refused, parse_uuid

#: Who saw the result, the most reliable last.
EVIDENCE_RANK = {False: 0, "client": 1, "manual": 1, "signed": 2, "server": 3}
CLAIMS = ("state", "amount_in", "amount_out", "undispensed", "rounding")

_logger = logging.getLogger(__name__)


class SmartcashOperation(models.Model):
    """Writing down what was seen: forward only, whoever says it and however often."""

    _inherit = "smartcash.operation"

    @api.model
    def report(self, uuid, progress, device_id=None):
        """Write down what the till saw.

        :param dict progress: the wire form of :class:`~..progress.Progress`
        :param device_id: the device that told it
        :returns: the operation as it now stands in the ledger; or ``{"refused": …}``
        """
        self._check_pos_user()
        try:
            operation = self._lock_known(uuid)
        except Refused as refused:
            return refused.to_wire()
        except SerializationFailure:
            # Its order was matched at this moment. Odoo would pause for seconds before it tries
            # again, and the device would look busy for as long.
            with self.env.registry.cursor() as cr:
                return self.with_env(self.env(cr=cr)).report(uuid, progress, device_id)
        said = None
        try:
            operation._check_mine()
            said = _read_progress(progress)
            operation._check_till_sees_it(said)
            evidence = operation._judge(said)
            operation._check_asked(said, evidence, device_id)
            operation._check_within_request(said, evidence)
            operation._advance(said, evidence)
        except Refused as refused:
            # A till that knows no end asks how a manager decided, as often as it likes.
            if not (said and said.state == "unknown" and operation.resolution):
                operation._note_refusal(refused, said)
            return refused.to_wire()
        return operation._to_wire()

    def _judge(self, said):
        """Who stands for this progress: the gateway by its signature, or only the till."""
        if not said.signature:
            return "client"
        try:
            claims = self.device_id._driver()._verify(self, said.signature)
        except DeviceRefused as error:
            raise Refused("contradicts_signature", str(error)) from error
        if claims is None:
            return "client"
        expected = {name: getattr(said, name) for name in CLAIMS}
        expected.update(
            op=self.uuid, device=self.device_id.uid, kind=self.kind, amount=self._minor("amount")
        )
        # A machine that signs and does not speak of rounding does not round.
        claims = {"rounding": 0, **claims}
        if any(
            type(claims.get(name)) is not type(value) or claims[name] != value
            for name, value in expected.items()
        ):
            raise Refused(
                "contradicts_signature",
                _("What the till says differs from what the machine's gateway signed."),
            )
        return "signed"

    def _check_asked(self, said, evidence, device_id):
        """Another machine than the operation's knows nothing about it, least of all that it never started.
        Who does not say which one was asked, and has not registered it, asked the one where the rules
        lead."""
        if (type(device_id) is int and device_id == self.device_id.id) or evidence == "signed":
            return
        ends_with_nothing = said.state in FINAL and not any(_amounts(said))
        is_stranger = self.env.user != self.user_id and not self._is_ended()
        if device_id or (ends_with_nothing and is_stranger and not self._leads_here()):
            raise Refused(
                "other_device",
                _(
                    "This operation runs on %s, and another machine was asked about it. Nothing was "
                    "changed. Check it at a till that uses that machine.",
                    self.device_id.name,
                ),
                deviceId=self.device_id.id,
            )

    def _leads_here(self):
        """Whether the user works with the device of this operation."""
        method, config = self.payment_method_id, self.session_id.config_id
        admissions = self.env["smartcash.rule"]._admit(method, config, self.env.user)
        return admissions[method.id].device == self.device_id

    def _check_within_request(self, said, evidence):
        if evidence == "client" and exceeds_request(
            self.kind,
            self._minor("amount"),
            said,
            self.device_id._driver()._tolerance(self.device_id),
        ):
            raise Refused(
                "bad_values",
                _(
                    "The amounts go beyond the %(amount)s that were asked for, and the machine's side "
                    "did not sign them. Nothing was changed. Ask a manager to look at the machine.",
                    amount=self.currency_id.format(self.amount),
                ),
            )

    def _lacks_proof(self, said, evidence):
        """A device that signs its results was asked to move money, and only the till says how it ended.

        That it was never asked is taken from the till that would have asked it, not from another one.
        """
        started = (
            said.state == "done"
            or self.phase != "registered"
            or said.device_ref
            or self.device_ref
            or any(_amounts(said))
            or any(self._amounts())
            or self.env.user != self.user_id
        )
        return bool(
            evidence == "client"
            and said.state in FINAL
            and started
            and self.device_id._driver()._signs
        )

    def _advance(self, said, evidence):
        """Apply a progress: forward, or as a late fact, or not at all."""
        said = self._with_reason(said)
        if said.state == self.state and self.state in FINAL and self._amounts() == _amounts(said):
            if EVIDENCE_RANK[evidence] > EVIDENCE_RANK[self.evidence]:
                self.write({"evidence": evidence, "signature": said.signature, "unproven": False})
                self._add_event("step", _("The result is now also signed"))
        elif self.state in FINAL and said.state in FINAL:
            self._note_late_fact(said, evidence)
        elif said.state == self.state or said.state in TRANSITIONS[self.state]:
            self._step(said, evidence)
        else:
            raise self._backwards()

    def _news(self, said, evidence):
        """:returns: what ``said`` changes, its state apart: names and values of fields"""
        messages = [message.to_wire() for message in said.messages]
        ended = said.ended
        values = {
            "phase": "ended" if ended else said.phase,
            "amount_in": self._major(said.amount_in),
            "amount_out": self._major(said.amount_out),
            "undispensed": self._major(said.undispensed),
            "rounding": self._major(said.rounding),
            "device_ref": said.device_ref or self.device_ref,
            "messages": messages or False,
            "message": messages[-1]["text"] if messages else self.message,
            "card": dict(said.card) if said.card else self.card,
            "cancellable": said.cancellable and not ended,
            "acceptable": said.acceptable and not ended,
            "evidence": evidence,
            "unproven": self._lacks_proof(said, evidence),
        }
        return {name: value for name, value in values.items() if self[name] != value}

    def _step(self, said, evidence):
        before = self._progress()
        heard = self._news(said, evidence)
        if said.state != self.state:
            self._move(said.state)
        elif not heard:
            return
        if evidence == "signed":
            heard["signature"] = said.signature
        self.write(heard)
        story = self._describe(before, said)
        if self.unproven:
            story = _("%s. Only the till says so: the machine's side did not sign it", story)
        self._add_event(
            "unproven" if self.unproven else "step",
            story,
            state_from=before.state,
            data={**said.to_wire(), "signature": None, "signed": evidence == "signed"},
        )
        if said.ended:
            self._enter_in_books()
            if said.state != "failed" and evidence != "manual":
                self.device_id._note_heard_later()

    def _enter_in_books(self):
        """The machine's end stands, whatever the books (or another addon in them) make of it."""
        try:
            with self.env.cr.savepoint():
                self._book_cash_move()
                self._match(locked=True)
        except TURN_LOST:
            raise
        except Exception as error:
            _logger.exception("operation %s has ended, and could not be matched", self.id)
            self.write({"match_state": "open"})
            self._add_event(
                "fault",
                _("The end could not be entered in the books (%s)", type(error).__name__),
            )

    def _move(self, state):
        """The only place that changes a state."""
        if state not in TRANSITIONS[self.state]:
            raise self._backwards()
        values = {"state": state}
        if state == "running":
            values["started_at"] = fields.Datetime.now()
        else:
            values.update(
                phase="ended", ended_at=fields.Datetime.now(), cancellable=False, acceptable=False
            )
        self.write(values)

    def _backwards(self):
        """Carries the row: a till that does not know the end learns here what a manager decided."""
        return Refused(
            "backwards",
            _("The operation is already further: %s.", self.state),
            state=self.state,
            operation={
                **self._to_wire(),
                "resolution": self.resolution or None,
                "matchState": self.match_state or None,
                "bookedOn": self.pos_order_id.pos_reference or None,
            },
        )

    def _note_late_fact(self, said, evidence):
        fact = {**said.to_wire(), "signature": None, "signed": evidence == "signed"}
        if any(event.kind == "late" and event.data == fact for event in self.event_ids):
            return
        # "Failed" and "cancelled" may well be two tabs' words for one nothing: money is the question.
        if self._amounts() != _amounts(said):
            self.write(
                {
                    "match_state": "open",
                    "disputed": True,
                    "has_late_report": True,
                    "late_in": self._major(said.amount_in),
                    "late_out": self._major(said.amount_out),
                }
            )
        self._add_event(
            "late",
            _("A later report says something else: %s", self._describe(None, said)),
            data=fact,
        )

    @api.model
    def _lock_known(self, uuid):
        """The operation, locked. Who asks for one of another company learns nothing; the ledger does."""
        uuid = parse_uuid(uuid)
        operation = self._lock(uuid)
        if not operation:
            refused = Refused(
                "unknown_operation",
                _("The ledger does not know this operation. Register it first."),
            )
            self.sudo().search([("uuid", "=", uuid)])._note_refusal(refused)
            raise refused
        return operation

    def _note_refusal(self, refused, said=None, wish=None):
        """Once: who tries the same again and again (a till that asks every second) adds nothing."""
        if not self:
            return
        data = {"code": refused.code}
        if said:
            data["said"] = {**said.to_wire(), "signature": None}
        if wish:
            data["wish"] = asdict(wish)
        attempt = (refused.message, data, self.env.user)
        if attempt not in (
            (event.message, event.data, event.user_id)
            for event in self.event_ids
            if event.kind == "refused"
        ):
            self._add_event("refused", refused.message, data=data)

    # ---- words and numbers -------------------------------------------------------------------

    def _amounts(self):
        return _amounts(self._progress())

    def _describe(self, before, said):
        """One line of the operation's story."""
        parts = []

        def add(text, minor):
            # Plain digits: the story is read by people of several languages.
            digits = float_repr(self._major(minor), self.currency_id.decimal_places)
            parts.append(text % f"{digits} {self.currency_id.symbol}")

        if said.amount_in != (before.amount_in if before else 0):
            is_card = self.device_id.takes_cards
            add(_("The customer was charged %s") if is_card else _("%s inserted"), said.amount_in)
        if said.amount_out != (before.amount_out if before else 0):
            add(_("%s given out"), said.amount_out)
        if said.undispensed != (before.undispensed if before else 0):
            add(_("%s could not be given out"), said.undispensed)
        if not before or said.state != before.state:
            parts.append(dict(self._fields["state"]._description_selection(self.env))[said.state])
        parts.extend(message.text for message in said.messages if message.text)
        if not parts:
            phase = "ended" if said.ended else said.phase
            parts.append(dict(self._fields["phase"]._description_selection(self.env))[phase])
        return ", ".join(parts)[:500]


def _read_progress(wire):
    try:
        return Progress.from_wire(wire)
    except InvalidProgress as error:
        raise Refused("bad_values", str(error)) from error


def _amounts(progress):
    return progress.amount_in, progress.amount_out, progress.undispensed, progress.rounding
