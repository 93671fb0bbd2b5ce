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
from .smartcash_device import MODELS

#: How far the machine's clock may be off.
CLOCK_WINDOW = timedelta(days=1)
#: How many operations that are not imported yet are looked at for ours.
PENDING_LOOKS = 5
NOT_IN_EXECUTION, BAD_PARAMETERS = -2, -99
#: Seconds between two starts that the machine refused; as others have found them to do.
BUSY_PAUSES = (1, 1.5, 2, 2.5, 3)

_logger = logging.getLogger(__name__)


class CashdroDriver(models.AbstractModel):
    """CashDro, driven by the server.

    An operation waits at the machine until it is acknowledged, and no money moves before. So its
    number is committed between the two: what has no number here was never acknowledged.
    """

    _name = "smartcash.driver.cashdro"
    _inherit = "smartcash.driver"
    _description = "Driver of CashDro"

    _models = [key for key, _label in MODELS]
    _transports = ("server", "browser")
    _takes_cash = True
    _tells_health = True
    # A poll is one request to the machine: four a second at most.
    _pacing = {"fast": 250, "idle": 400, "doze": 1500}

    def _capabilities(self, device):
        # A cassette is taken out with a key, and that is recorded at the machine itself.
        return {
            "kinds": [*OPERATION_TYPES],
            "partial": True,
            "inventory": True,
        }

    def _tolerance(self, device):
        return to_minor(device.cashdro_rounding, device.currency_id.decimal_places)

    def _step(self, device, values):
        # It rounds to its smallest coin, also what other coins would make up.
        return min(values)

    # ---- start ------------------------------------------------------------------------------------

    def _start(self, operation):
        device = operation.device_id
        rule = self._rule_for(operation)
        address = self._address(device, rule)
        client = self._client(device, rule, address)
        operation._keep(cashdro_address=address, cashdro_rule_id=rule.id)
        with self._talk(device):
            operation_id = self._queue(client, operation)
            operation._keep(device_ref=operation_id, cashdro_unimported=True)
            client.acknowledge(operation_id)
        phase = "accepting" if operation.kind in MONEY_IN else "dispensing"
        return Progress(
            "running", phase, device_ref=operation_id, cancellable=operation.kind in MONEY_IN
        )

    def _rule_for(self, operation):
        device = operation.device_id
        admission = self.env["smartcash.rule"]._admit(
            operation.payment_method_id, operation.session_id.config_id, operation.user_id
        )[operation.payment_method_id.id]
        is_its = admission.rule and admission.rule.device_id == device
        return admission.rule if is_its else self.env["smartcash.rule"]

    def _queue(self, client, operation):
        """:returns: the machine's number. Refused as busy although nothing runs, it is asked again: a
        refused start is queued nowhere, and others wait for this one's turn (see ``TURNS``)."""
        device = operation.device_id
        give_up = time.monotonic() + device.cashdro_busy_seconds
        pauses = chain(BUSY_PAUSES, repeat(BUSY_PAUSES[-1]))
        while True:
            pause = next(pauses)
            try:
                return self._queue_once(client, operation)
            except CashdroBusy as error:
                if time.monotonic() + pause > give_up or not _is_idle(client):
                    if error.code == NOT_IN_EXECUTION:
                        raise DeviceBusy(self._who_uses_it(device, client)) from error
                    raise
                _logger.info("%s is not ready for %s yet", device.name, operation.uuid)
            time.sleep(pause)

    def _queue_once(self, client, operation):
        device = operation.device_id
        amount = asked_amount(operation.kind, operation._minor("amount"))
        try:
            return client.start_operation(
                operation_type(operation.kind, amount),
                amount or None,
                currency=device.currency_id.name,
                terminal=self._terminal_of(operation),
                cashier=operation.cashier or "",
                alias=operation.uuid,
            )
        except CashdroUnreachable as error:
            if error.sent:
                raise
            # The machine never heard of it: that is an end, not a question.
            raise DeviceRefused(_("%s No money moved.", self._error_text(device, error))) from error

    def _terminal_of(self, operation):
        """The machine's posid: tells the tills apart in its movements."""
        return self._terminal_name(operation.device_id, operation.session_id.config_id)

    def _terminal_name(self, device, config):
        return f"{(device.cashdro_terminal or 'odoo')[:39]}-{config.id}"

    def _who_uses_it(self, device, client):
        """Words about the operation that keeps the machine busy: whose it is, and what to do."""
        try:
            running = client.executing()
            status = running and client.ask(running)
        except CashdroError:
            _logger.info("%s is busy and does not tell with what", device.name)
            status = None
        if not status:
            return _(
                "%s is busy. Nothing was charged. Wait a moment, then press Retry.", device.name
            )
        ours = self.env["smartcash.operation"].search(
            [("device_id", "=", device.id), ("device_ref", "=", status.id)], limit=1
        )
        who = ours.cashier or status.cashier or _("somebody")
        where = ours.session_id.config_id.name or status.terminal or _("the machine itself")
        return _(
            "%(device)s is busy: %(who)s at %(where)s. Nothing was charged. "
            "Wait until that has ended, then press Retry.",
            device=device.name,
            who=who,
            where=where,
        )

    # ---- look -------------------------------------------------------------------------------------

    def _poll(self, operation):
        device = operation.device_id
        client = self._client_of(operation)
        with self._talk(device):
            operation_id = operation.device_ref or self._find_number(client, operation)
            if not operation_id:
                return self._missing(device)
            status = self._ask_status(client, operation, operation_id)
            if status is None:
                return self._forgotten(operation)
            if not self.env.context.get("cashdro_unwatched"):
                status = self._go_on(client, operation, status)
        return self._progress_of(operation, status)

    def _go_on(self, client, operation, status):
        """Somebody waits for the operation: what the machine waits for is said now."""
        if status.state is OperationState.WAITING:
            # The acknowledgement, or the word that it was needed, got lost on its way.
            client.acknowledge(status.id)
        elif (
            status.state is OperationState.EXECUTING
            and operation.kind in CHOSEN_PIECES
            and not operation.cashdro_wish
        ):
            self._give_all(client, operation, status.id)
            return client.ask(status.id)
        return status

    def _give_all(self, client, operation, operation_id):
        """Have all pieces of the recyclers given out, or all notes moved to the cassette; once."""
        device = operation.device_id
        currency = device.currency_id.name
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

    def _client_of(self, operation):
        rule, address = operation.cashdro_rule_id, operation.cashdro_address or None
        return self._client(operation.device_id, rule, address)

    def _ask_status(self, client, operation, operation_id):
        """:returns: the status; None when the machine does not know the operation (any more)"""
        try:
            status = client.ask(operation_id)
        except CashdroUnknownOperation:
            status = None
        if status and is_of(operation.uuid, operation._cashdro_asked().amount, status):
            return status
        # A machine that lost its memory counts from the beginning again.
        found = self._find_number(client, operation)
        return client.ask(found) if found and found != operation_id else None

    def _find_number(self, client, operation):
        """The machine's number of an operation, by the alias that we gave it; committed when found."""
        running = client.executing()
        waiting = client.pending(self._terminal_of(operation))
        candidates = [running] if running else []
        candidates += sorted(waiting, key=int, reverse=True)[:PENDING_LOOKS]
        found = next((one for one in candidates if client.ask(one).alias == operation.uuid), None)
        found = found or self._find_moved(client, operation)
        if found and found != operation.device_ref:
            operation._keep(device_ref=found, cashdro_unimported=True)
        return found

    def _find_moved(self, client, operation):
        device = operation.device_id
        now = fields.Datetime.now()
        kind = operation_type(operation.kind, operation._minor("amount"))
        try:
            moved = client.movements(
                (operation.started_at or now) - CLOCK_WINDOW, now + CLOCK_WINDOW, [kind]
            )
        except (CashdroAuthError, CashdroRefused) as error:
            _logger.info("%s does not show its movements: %s", device.name, error)
            return None
        return next((one.id for one in moved if one.alias == operation.uuid), None)

    def _missing(self, device):
        """Never acknowledged, so no money moved. What waits for its acknowledgement is in none of the
        machine's lists; should it move money all the same, it is found among the pending ones later."""
        text = _("%s never got this operation. No money moved. Press Retry.", device.name)
        return _with_message(Progress("failed", "ended"), "cashdro_never_started", text, "error")

    def _forgotten(self, operation):
        """It was acknowledged, and the machine does not know it any more."""
        device = operation.device_id
        known = operation._progress()
        text = _(
            "%s has lost this operation. Compare the money with the amounts here, then ask a manager to "
            "decide.",
            device.name,
        )
        unknown = replace(
            known, state="unknown", phase="ended", cancellable=False, acceptable=False
        )
        return _with_message(unknown, "cashdro_forgotten", text, "error")

    def _progress_of(self, operation, status):
        device = operation.device_id
        said = judge(operation._cashdro_asked(), status)
        words = self._piece_texts(device)
        return replace(
            said,
            messages=tuple(
                replace(message, text=words.get(message.code) or message.code)
                for message in said.messages
            ),
        )

    def _piece_texts(self, device):
        return {
            "cashdro_queued": _(
                "The machine finishes something else first, then it starts by itself."
            ),
            "cashdro_fault": _("%s reports a fault. Look at its screen.", device.name),
            "cashdro_no_change": _(
                "%s could not give anything out. Nothing was paid. Ask a manager to add change.",
                device.name,
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

    def _cancel(self, operation):
        return self._end(operation, "cancel", FinishMode.CANCEL)

    def _accept(self, operation):
        return self._end(operation, "accept", FinishMode.ACCEPT)

    def _end(self, operation, wish, mode):
        """Ask the machine for an end of this operation, and of no other one."""
        device = operation.device_id
        client = self._client_of(operation)
        operation._keep(cashdro_wish=wish)
        with self._talk(device):
            operation_id = operation.device_ref or self._find_number(client, operation)
            if not operation_id:
                return self._missing(device)
            status = self._ask_status(client, operation, operation_id)
            if status is None:
                return self._forgotten(operation)
            if not status.finished:
                self._finish(client, status, mode)
                status = client.ask(status.id)
        return self._progress_of(operation, status)

    def _finish(self, client, status, mode):
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

    def _ended(self, operation):
        """It is in our books: the machine need not remind us."""
        device = operation.device_id
        if not operation.cashdro_unimported:
            return
        client = self._client_of(operation)
        with self._talk(device):
            try:
                client.set_imported(operation.device_ref)
            except CashdroUnknownOperation:
                _logger.info("%s knows operation %s no more", device.name, operation.device_ref)
        operation._keep(cashdro_unimported=False)


def _is_idle(client):
    """Nothing runs in the machine, by its own word."""
    try:
        return client.executing() is None
    except CashdroError:
        return False


def _with_message(progress, code, text, level):
    return replace(progress, messages=(Message(code, text, level),))
