import logging
import time
from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat

from odoo import _, fields, models
from odoo.addons.pos_smartcash_terminal.core.driver_api import (
    DeviceBusy,
    DeviceRefused,
)
from odoo.addons.pos_smartcash_terminal.core.money import to_minor
from odoo.addons.pos_smartcash_terminal.core.progress import MONEY_IN, Message, Progress

from ..cashdro_client import (
    CashdroAuthError,
    CashdroBusy,
    CashdroError,
    CashdroRefused,
    CashdroUnknownOperation,
    CashdroUnreachable,
    FinishMode,
    OperationState,
    OperationType,
)
from ..kinds import CHOSEN_PIECES, OPERATION_TYPES, asked_amount, operation_type
from ..outcome import is_of, judge
from ..pieces import all_pieces

#: How far the machine's clock may be off.
CLOCK_WINDOW = timedelta(days=1)
#: How many operations that are not imported yet are looked at for ours.
PENDING_LOOKS = 5
NOT_IN_EXECUTION, BAD_PARAMETERS = -2, -99
#: Seconds between two starts that the machine refused; as others have found them to do.
BUSY_PAUSES = (1, 1.5, 2, 2.5, 3)

_logger = logging.getLogger(__name__)


class SmartcashDevice(models.Model):
    """CashDro, driven by the server.

    An operation waits at the machine until it is acknowledged, and no money moves before. So its
    number is committed between the two: what has no number here was never acknowledged.
    """

    _inherit = "smartcash.device"

    def _cashdro_transports(self):
        return ("server", "browser")

    def _cashdro_capabilities(self):
        # A cassette is taken out with a key, and that is recorded at the machine itself.
        return {
            "kinds": [*OPERATION_TYPES],
            "partial": True,
            "inventory": True,
        }

    def _cashdro_pacing(self):
        # A poll is one request to the machine: four a second at most.
        return {"fast": 250, "idle": 400, "doze": 1500}

    def _cashdro_tolerance(self):
        return to_minor(self.cashdro_rounding, self.currency_id.decimal_places)

    def _cashdro_step(self, values):
        # It rounds to its smallest coin, also what other coins would make up.
        return min(values)

    # ---- start ------------------------------------------------------------------------------------

    def _cashdro_start(self, operation):
        rule = self._cashdro_rule_for(operation)
        address = self._cashdro_address(rule)
        client = self._cashdro_client(rule, address)
        operation._keep(cashdro_address=address, cashdro_rule_id=rule.id)
        with self._cashdro_talk():
            operation_id = self._cashdro_queue(client, operation)
            operation._keep(device_ref=operation_id, cashdro_unimported=True)
            client.acknowledge(operation_id)
        phase = "accepting" if operation.kind in MONEY_IN else "dispensing"
        return Progress(
            "running", phase, device_ref=operation_id, cancellable=operation.kind in MONEY_IN
        )

    def _cashdro_rule_for(self, operation):
        admission = self.env["smartcash.rule"]._admit(
            operation.payment_method_id, operation.session_id.config_id, operation.user_id
        )[operation.payment_method_id.id]
        is_its = admission.rule and admission.rule.device_id == self
        return admission.rule if is_its else self.env["smartcash.rule"]

    def _cashdro_queue(self, client, operation):
        """:returns: the machine's number. Refused as busy although nothing runs, it is asked again: a
        refused start is queued nowhere, and others wait for this one's turn (see ``TURNS``)."""
        give_up = time.monotonic() + self.cashdro_busy_seconds
        pauses = chain(BUSY_PAUSES, repeat(BUSY_PAUSES[-1]))
        while True:
            pause = next(pauses)
            try:
                return self._cashdro_queue_once(client, operation)
            except CashdroBusy as error:
                if time.monotonic() + pause > give_up or not _is_idle(client):
                    if error.code == NOT_IN_EXECUTION:
                        raise DeviceBusy(self._cashdro_who_uses_it(client)) from error
                    raise
                _logger.info("%s is not ready for %s yet", self.name, operation.uuid)
            time.sleep(pause)

    def _cashdro_queue_once(self, client, operation):
        amount = asked_amount(operation.kind, operation._minor("amount"))
        try:
            return client.start_operation(
                operation_type(operation.kind, amount),
                amount or None,
                currency=self.currency_id.name,
                terminal=self._cashdro_terminal_of(operation),
                cashier=operation.cashier or "",
                alias=operation.uuid,
            )
        except CashdroUnreachable as error:
            if error.sent:
                raise
            # The machine never heard of it: that is an end, not a question.
            raise DeviceRefused(_("%s No money moved.", self._cashdro_words(error))) from error

    def _cashdro_terminal_of(self, operation):
        """The machine's posid: tells the tills apart in its movements."""
        return self._cashdro_terminal_name(operation.session_id.config_id)

    def _cashdro_terminal_name(self, config):
        return f"{(self.cashdro_terminal or 'odoo')[:39]}-{config.id}"

    def _cashdro_who_uses_it(self, client):
        """Words about the operation that keeps the machine busy: whose it is, and what to do."""
        try:
            running = client.executing()
            status = running and client.ask(running)
        except CashdroError:
            _logger.info("%s is busy and does not tell with what", self.name)
            status = None
        if not status:
            return _("%s is busy. Nothing was charged. Wait a moment, then press Retry.", self.name)
        ours = self.env["smartcash.operation"].search(
            [("device_id", "=", self.id), ("device_ref", "=", status.id)], limit=1
        )
        who = ours.cashier or status.cashier or _("somebody")
        where = ours.session_id.config_id.name or status.terminal or _("the machine itself")
        return _(
            "%(device)s is busy: %(who)s at %(where)s. Nothing was charged. "
            "Wait until that has ended, then press Retry.",
            device=self.name,
            who=who,
            where=where,
        )

    # ---- look -------------------------------------------------------------------------------------

    def _cashdro_poll(self, operation):
        client = self._cashdro_client_of(operation)
        with self._cashdro_talk():
            operation_id = operation.device_ref or self._cashdro_find(client, operation)
            if not operation_id:
                return self._cashdro_missing()
            status = self._cashdro_ask(client, operation, operation_id)
            if status is None:
                return self._cashdro_forgotten(operation)
            if not self.env.context.get("cashdro_unwatched"):
                status = self._cashdro_go_on(client, operation, status)
        return self._cashdro_told(operation, status)

    def _cashdro_go_on(self, client, operation, status):
        """Somebody waits for the operation: what the machine waits for is said now."""
        if status.state is OperationState.WAITING:
            # The acknowledgement, or the word that it was needed, got lost on its way.
            client.acknowledge(status.id)
        elif (
            status.state is OperationState.EXECUTING
            and operation.kind in CHOSEN_PIECES
            and not operation.cashdro_wish
        ):
            self._cashdro_give_all(client, operation, status.id)
            return client.ask(status.id)
        return status

    def _cashdro_give_all(self, client, operation, operation_id):
        """Have all pieces of the recyclers given out, or all notes moved to the cassette; once."""
        currency = self.currency_id.name
        pieces = all_pieces(client.levels(currency), operation.kind, currency)
        if not operation._cashdro_claim("execute" if pieces else "cancel"):
            return
        if not pieces:
            client.finish(operation_id, FinishMode.CANCEL_OLD)
            return
        place = "to_cassette" if operation.kind == "transfer" else "pieces"
        try:
            client.finish(operation_id, FinishMode.EXECUTE, **{place: pieces})
        except CashdroUnreachable as error:
            if not error.sent:
                operation._keep(cashdro_wish=False)
            raise
        except CashdroRefused:
            operation._keep(cashdro_wish="cancel")
            client.finish(operation_id, FinishMode.CANCEL_OLD)
            raise

    def _cashdro_client_of(self, operation):
        return self._cashdro_client(operation.cashdro_rule_id, operation.cashdro_address or None)

    def _cashdro_ask(self, client, operation, operation_id):
        """:returns: the status; None when the machine does not know the operation (any more)"""
        try:
            status = client.ask(operation_id)
        except CashdroUnknownOperation:
            status = None
        if status and is_of(operation.uuid, operation._cashdro_asked().amount, status):
            return status
        # A machine that lost its memory counts from the beginning again.
        found = self._cashdro_find(client, operation)
        return client.ask(found) if found and found != operation_id else None

    def _cashdro_find(self, client, operation):
        """The machine's number of an operation, by the alias that we gave it; committed when found."""
        running = client.executing()
        waiting = client.pending(self._cashdro_terminal_of(operation))
        candidates = [running] if running else []
        candidates += sorted(waiting, key=int, reverse=True)[:PENDING_LOOKS]
        found = next((one for one in candidates if client.ask(one).alias == operation.uuid), None)
        found = found or self._cashdro_find_moved(client, operation)
        if found and found != operation.device_ref:
            operation._keep(device_ref=found, cashdro_unimported=True)
        return found

    def _cashdro_find_moved(self, client, operation):
        now = fields.Datetime.now()
        kind = operation_type(operation.kind, operation._minor("amount"))
        try:
            moved = client.movements(
                (operation.started_at or now) - CLOCK_WINDOW, now + CLOCK_WINDOW, [kind]
            )
        except (CashdroAuthError, CashdroRefused) as error:
            _logger.info("%s does not show its movements: %s", self.name, error)
            return None
        return next((one.id for one in moved if one.alias == operation.uuid), None)

    def _cashdro_missing(self):
        """Never acknowledged, so no money moved. What waits for its acknowledgement is in none of the
        machine's lists; should it move money all the same, it is found among the pending ones later."""
        text = _("%s never got this operation. No money moved. Press Retry.", self.name)
        return _with_message(Progress("failed", "ended"), "cashdro_never_started", text, "error")

    def _cashdro_forgotten(self, operation):
        """It was acknowledged, and the machine does not know it any more."""
        known = operation._progress()
        text = _(
            "%s has lost this operation. Compare the money with the amounts here, then ask a manager to "
            "decide.",
            self.name,
        )
        unknown = replace(
            known, state="unknown", phase="ended", cancellable=False, acceptable=False
        )
        return _with_message(unknown, "cashdro_forgotten", text, "error")

    def _cashdro_told(self, operation, status):
        said = judge(operation._cashdro_asked(), status)
        words = self._cashdro_remarks()
        return replace(
            said,
            messages=tuple(
                replace(message, text=words.get(message.code) or message.code)
                for message in said.messages
            ),
        )

    def _cashdro_remarks(self):
        return {
            "cashdro_queued": _(
                "The machine finishes something else first, then it starts by itself."
            ),
            "cashdro_fault": _("%s reports a fault. Look at its screen.", self.name),
            "cashdro_no_change": _(
                "%s could not give anything out. Nothing was paid. Ask a manager to add change.",
                self.name,
            ),
            "cashdro_piece_0": _("Given back: there is no change for it. Ask for a smaller piece."),
            "cashdro_piece_1": _("Given back: the machine cannot give this piece out again."),
            "cashdro_piece_2": _("Given back: not accepted at the moment. Try another piece."),
            "cashdro_piece_3": _("Given back: this piece is not accepted."),
            "cashdro_piece_4": _("Given back: not recognised. Smooth it and try again."),
            "cashdro_piece_5": _("Given back: there is no room for more of these."),
            "cashdro_piece_6": _(
                "Given back: too many notes at once. Continue when they are stored."
            ),
            "cashdro_piece_7": _(
                "Given back: there is no room for it. Ask a manager to empty the machine."
            ),
            "cashdro_piece_8": _("Given back: there is no room for it. Try another piece."),
        }

    # ---- end --------------------------------------------------------------------------------------

    def _cashdro_cancel(self, operation):
        return self._cashdro_end(operation, "cancel", FinishMode.CANCEL)

    def _cashdro_accept(self, operation):
        return self._cashdro_end(operation, "accept", FinishMode.ACCEPT)

    def _cashdro_end(self, operation, wish, mode):
        """Ask the machine for an end of this operation, and of no other one."""
        client = self._cashdro_client_of(operation)
        operation._keep(cashdro_wish=wish)
        with self._cashdro_talk():
            operation_id = operation.device_ref or self._cashdro_find(client, operation)
            if not operation_id:
                return self._cashdro_missing()
            status = self._cashdro_ask(client, operation, operation_id)
            if status is None:
                return self._cashdro_forgotten(operation)
            if not status.finished:
                self._cashdro_finish(client, status, mode)
                status = client.ask(status.id)
        return self._cashdro_told(operation, status)

    def _cashdro_finish(self, client, status, mode):
        if mode is FinishMode.CANCEL and status.type in (
            OperationType.WITHDRAW,
            OperationType.TRANSFER,
        ):
            mode = FinishMode.CANCEL_OLD
        try:
            client.finish(status.id, mode)
        except CashdroRefused as error:
            if error.code == BAD_PARAMETERS and mode is FinishMode.CANCEL:
                client.finish(status.id, FinishMode.CANCEL_OLD)
            elif error.code != NOT_IN_EXECUTION:
                raise
            elif status.state is OperationState.WAITING and mode is FinishMode.CANCEL:
                # Left alone it would stay in the machine's queue.
                client.acknowledge(status.id)
                client.finish(status.id, mode)

    def _cashdro_ended(self, operation):
        """It is in our books: the machine need not remind us."""
        if not operation.cashdro_unimported:
            return
        client = self._cashdro_client_of(operation)
        with self._cashdro_talk():
            try:
                client.set_imported(operation.device_ref)
            except CashdroUnknownOperation:
                _logger.info("%s knows operation %s no more", self.name, operation.device_ref)
        operation._keep(cashdro_unimported=False)


def _is_idle(client):
    """Nothing runs in the machine, by its own word."""
    try:
        return client.executing() is None
    except CashdroError:
        return False


def _with_message(progress, code, text, level):
    return replace(progress, messages=(Message(code, text, level),))
