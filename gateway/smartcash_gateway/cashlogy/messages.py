"""The sentences that a cashier reads: what happened, what it means for the money, what to do."""

from __future__ import annotations

from ..models import Message

# Decimals that differ from two (ISO 4217), for the currencies such machines are sold for.
_DECIMALS = {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3, "JPY": 0, "KRW": 0}


def money(amount: int, currency: str) -> str:
    """`amount` minor units as text, such as `10.10 EUR`."""
    decimals = _DECIMALS.get(currency, 2)
    whole, rest = divmod(abs(amount), 10**decimals)
    sign = "-" if amount < 0 else ""
    fraction = f".{rest:0{decimals}d}" if decimals else ""
    return f"{sign}{whole}{fraction} {currency}"


MACHINE_LOST = Message(
    "machine_lost",
    "No connection to the machine. Trying again; don't start another payment.",
    "warning",
)
MACHINE_BUSY = Message(
    "machine_stays_busy",
    "The machine is busy and takes no orders. Look at its display, and finish what is open there.",
    "warning",
)
MACHINE_STARTING = Message(
    "machine_starting", "The machine is starting. This can take a minute.", "warning"
)
JOURNAL_SLOW = Message(
    "journal_slow",
    "This till's disk does not answer. The operation goes on as soon as it does. If this stays,"
    " check the till's disk: free space and rights.",
    "warning",
)
NOT_COUNTED = Message(
    "not_counted",
    "The machine could not be counted after this operation: the amounts are what it said before.",
    "warning",
)
RECOVERING = Message(
    "recovering",
    "The gateway was interrupted. Looking up what the machine did.",
    "warning",
)
PRESS_CANCEL_THERE = Message(
    "cancel_on_screen",
    "Cancelling. If the machine's own screen stays open, press Cancel there.",
)
PAID_AFTER_CANCEL = Message(
    "paid_after_cancel",
    "The customer paid in full before the cancel took effect: this payment is complete.",
)
NOBODY_PAID = Message("nobody_paid", "Cancelled: nobody paid. The machine is free.")
ABANDONED = Message(
    "payment_abandoned", "Cancelled: the customer did not go on paying. The machine is free."
)
RECOVERED = Message("recovered", "Looked up in the machine's own count after an interruption.")
NOT_STARTED = Message(
    "not_started", "The machine was never asked: no money moved. Try again.", "warning"
)
NOTHING_INSIDE = Message(
    "nothing_inserted", "The payment was interrupted before any money was kept.", "warning"
)


CANCELLING_COLLECT = Message(
    "cancelling_collect", "Cancelling. If the stacker is out already, put it back."
)
STACKER_OUT = Message(
    "stacker_out", "The stacker is out: put it back, then what was taken is counted.", "warning"
)
NOTHING_TAKEN = Message("nothing_taken", "Nothing was taken out of the machine.", "warning")
NOTHING_INSIDE_TO_TAKE = Message("nothing_to_take", "There is nothing in it to take out.")
NOTHING_TRANSFERRED = Message(
    "nothing_transferred", "No note went into the stacker: it may be full or out.", "warning"
)
TRANSFER_CUT_OFF = Message(
    "transfer_cut_off",
    "Interrupted. All money is in the machine; look at the stacker's level to see how much of it"
    " is there.",
    "warning",
)
NO_SMALLER_PIECES = Message(
    "no_smaller_pieces",
    "The machine has no smaller pieces for this amount. What was put in was given back.",
    "warning",
)


def pieces(code: str, counts: dict[int, int], currency: str) -> Message:
    """`counts`: how many pieces of which value (minor units), for example `2 × 10.00 EUR`."""
    listed = (f"{count} × {money(value, currency)}" for value, count in sorted(counts.items()))
    return Message(code, ", ".join(listed))


def left_inside(amount: int, currency: str) -> Message:
    return Message(
        "left_inside",
        f"{money(amount, currency)} could not be given out and are still in the machine.",
        "warning",
    )


def did_not_start(code: str) -> Message:
    """Why an operation failed before any money could move."""
    texts = {
        "machine_offline": "The machine did not answer. No money moved. Check that it is"
        " switched on, then try again.",
        "machine_lost": "The machine did not answer. No money moved. Check that it is"
        " switched on, then try again.",
        "machine_busy": "The machine is busy with something else, perhaps on its own screen."
        " No money moved. Finish that, then try again.",
    }
    return Message(
        code, texts.get(code, "The machine refused. No money moved. Check its display."), "error"
    )


def no_change(amount: int, currency: str) -> Message:
    return Message(
        "no_change",
        f"The machine does not have the pieces for {money(amount, currency)}. Nothing came out.",
        "error",
    )


def hand_over(missing: int, currency: str) -> Message:
    return Message(
        "undispensed",
        f"The machine could not give everything. Give {money(missing, currency)} by hand.",
        "error",
    )


def count_corrected(missing: int, currency: str) -> Message:
    return Message(
        "count_corrected",
        f"The machine has put its own count right: {money(missing, currency)} that it believed to"
        " have were not there. The next count shows it as a difference.",
        "warning",
    )


def total_fell(before: int, after: int, currency: str) -> Message:
    return Message(
        "total_fell",
        f"The machine first said {money(before, currency)} inserted, then {money(after, currency)}."
        " Only its count decides now.",
        "warning",
    )


def count_differs(expected: int, found: int, currency: str) -> Message:
    """`expected`, `found`: how much the machine should hold, and how much it says it does."""
    more_or_less = "more" if found > expected else "less"
    return Message(
        "count_differs",
        f"After an operation the machine's count was {money(abs(found - expected), currency)}"
        f" {more_or_less} than the money that went in and out. Count the machine.",
        "warning",
    )


def outcome_unknown(net: int | None, amount: int, currency: str, why: str = "") -> Message:
    """The numbers for whoever has to decide. `net` None: the machine could not be asked."""
    if net is None:
        found = "The machine could not be asked what it did."
    elif net < 0:
        found = f"The machine holds {money(-net, currency)} less than before."
    else:
        found = f"The machine holds {money(net, currency)} more than before."
    asked = f" Asked for: {money(amount, currency)}." if amount else ""
    # A machine that was counted says what it holds; that is more than "nobody knows".
    code = "outcome_unknown" if net is None or net < 0 else "outcome_counted"
    return Message(code, f"{why}{found}{asked} Check with the customer; don't repeat it.", "error")
