"""What must hold at the end of every schedule, whatever happened in it (design, 4.1)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from smartcash_gateway.models import Operation

MONEY = ("sale", "cash_in")
FINAL = ("done", "cancelled", "failed")
#: Which state may follow which.
FORWARD = {
    "draft": {"running", "failed"},
    "running": {"done", "cancelled", "failed", "unknown"},
    "unknown": {"done", "cancelled", "failed"},
}
Check = Callable[["Evening"], Iterator[str]]
AMOUNTS = ("amount_in", "amount_out", "undispensed")


@dataclass(frozen=True)
class Evening:
    """All that can be seen when everything has come to rest. Amounts in minor units."""

    moved: dict[int, int]  # by device: what it physically holds more than in the morning
    miscounted: dict[int, int]  # by device: physically there, and not in the machine's own books
    rows: list[dict[str, Any]]  # the ledger
    events: list[dict[str, Any]]  # its story
    journals: dict[int, list[Operation]]  # the gateways', by device
    payments: list[dict[str, Any]]  # of the orders, with the machines' method
    entries: dict[int, int]  # statement lines that are posted
    held: list[
        dict[str, Any]
    ]  # under way in the ledger, and nowhere else, before the last customer
    starts: dict[str, int]  # starts that were sent to the gateway, by operation
    handed: dict[str, int]  # out of a person's pocket, by operation
    browsers: list[dict[str, Any]]

    @property
    def by_machine(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["evidence"] != "manual"]

    @property
    def by_hand(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["evidence"] == "manual"]

    @property
    def journal(self) -> list[Operation]:
        return [operation for journal in self.journals.values() for operation in journal]

    @property
    def gaps(self) -> dict[int, int]:
        """Minor units of each device that the ledger does not know of. A machine that lost count of its
        own pieces, and says so, may differ by that, if an operation asks for a decision about it."""
        return {device: self._gap(device) for device in self.moved}

    def _gap(self, device: int) -> int:
        rows = [row for row in self.by_machine if row["device_id"][0] == device]
        gap = self.moved[device] - sum(row["net"] for row in rows)
        asks = any(row["state"] == "unknown" for row in rows)
        return 0 if asks and gap == self.miscounted[device] else gap

    @property
    def groups(self) -> list[tuple[dict, list[dict]]]:
        """Each operation, with what was done by hand for it."""
        return [
            (
                root,
                [
                    row
                    for row in self.rows
                    if row["parent_id"] and row["parent_id"][0] == root["id"]
                ],
            )
            for root in self.rows
            if not root["parent_id"]
        ]

    def unexplained(self, root: dict, by_hand: list[dict]) -> int:
        """Minor units by which the books differ from what was kept: what an order that counts was paid
        with, and what is posted."""
        rows = (root, *by_hand)
        kept = sum(row["net"] + row["rounding"] for row in rows)
        # What was handed over on another day has an entry of its own.
        lines = {row["statement_line_id"][0] for row in rows if row["statement_line_id"]}
        lines |= {line for row in rows for line in row["superseded_line_ids"]}
        booked = sum(self.entries.get(line, 0) for line in lines)
        booked += sum(
            payment["amount"]
            for payment in self.payments
            if payment["uuid"] == root["uuid"] and payment["counts"]
        )
        return kept - booked

    @property
    def lost(self) -> int:
        """Minor units of all machines that the ledger does not know of, and those that are not in the
        books while nobody is asked about them."""
        silent = (
            self.unexplained(root, by_hand)
            for root, by_hand in self.groups
            if root["match_state"] != "open"
        )
        return sum(map(abs, self.gaps.values())) + sum(map(abs, silent))

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [line for browser in self.browsers for line in browser["lines"]]


def complaints(evening: Evening, checks: tuple[Check, ...] | None = None) -> list[str]:
    """Every broken promise, in words; an empty list when there is none."""
    return [f"{check.__name__[1:]}: {text}" for check in checks or EVERY for text in check(evening)]


def _money(evening: Evening) -> Iterator[str]:
    """Machine movements = ledger, to the cent."""
    for device, gap in evening.gaps.items():
        if gap:
            yield (
                f"the machine {device} moved {evening.moved[device]}, of which {gap} are not in the "
                f"ledger; the machine miscounts {evening.miscounted[device]}"
            )


def _ledger_and_journal(evening: Evening) -> Iterator[str]:
    """Each operation once, with the gateway's own numbers, signed; none is left running."""
    times = Counter(row["uuid"] for row in evening.rows)
    yield from (f"{uuid} is there {count} times" for uuid, count in times.items() if count > 1)
    rows = {row["uuid"]: row for row in evening.by_machine}
    homes = {op.uuid: device for device, journal in evening.journals.items() for op in journal}
    for operation in evening.journal:
        row = rows.pop(operation.uuid, None)
        if row and row["device_id"][0] != homes[operation.uuid]:
            yield f"it ran at the machine {homes[operation.uuid]}: {row}"
        told = {name: getattr(operation, name) for name in AMOUNTS}
        if row is None:
            yield f"{operation.uuid} is not in the ledger: {operation}"
        elif row["state"] != operation.state.value or any(
            row[name] != value for name, value in told.items()
        ):
            yield f"the gateway says {operation.state.value} {told}, the ledger {row}"
        elif row["evidence"] != "signed":
            yield f"the result is not signed: {row}"
    for row in rows.values():
        if row["state"] not in ("failed", "cancelled") or any(row[name] for name in AMOUNTS):
            yield f"no machine heard of it, and yet: {row}"
    for operation in evening.journal:
        if not operation.state.ended or not operation.settled:
            yield f"left open in the gateway: {operation}"


def _held(evening: Evening) -> Iterator[str]:
    """No machine is kept, nor a closing refused, for what nobody is at any more."""
    yield from (f"it runs in the ledger only: {row}" for row in evening.held)


def _starts(evening: Evening) -> Iterator[str]:
    """A start is never repeated, and nothing runs that nobody started."""
    yield from (
        f"{uuid} was started {count} times" for uuid, count in evening.starts.items() if count > 1
    )
    for operation in evening.journal:
        if operation.uuid not in evening.starts:
            yield f"nobody started {operation.uuid}"


def _hands(evening: Evening) -> Iterator[str]:
    """What a person hands over is what the machine still owed, and is booked once."""
    owed = {
        row["uuid"]: row["undispensed"]
        for row in evening.by_machine
        if row["state"] in FINAL and row["undispensed"]
    }
    if owed != evening.handed:
        yield f"owed by hand {owed}, handed over {evening.handed}"
    uuids = {row["id"]: row["uuid"] for row in evening.rows}
    booked = [(uuids[row["parent_id"][0]], row["amount_out"]) for row in evening.by_hand]
    if sorted(booked) != sorted(evening.handed.items()):
        yield f"handed over {evening.handed}, booked by hand {booked}"


def _lines(evening: Evening) -> Iterator[str]:
    """A payment line is what was kept: net + rounding − by hand."""
    kept: defaultdict[str, int] = defaultdict(int)
    uuids = {row["id"]: row["uuid"] for row in evening.rows}
    for row in evening.rows:
        uuid = uuids[row["parent_id"][0]] if row["parent_id"] else row["uuid"]
        kept[uuid] += row["net"] + row["rounding"]
    states = {row["uuid"]: row["state"] for row in evening.by_machine}
    for line in evening.lines:
        op, status, amount = line["op"], line["status"], line["amount"]
        sign = 1 if op["kind"] in MONEY else -1
        if status == "waiting":
            if states.get(op["uuid"]) != "unknown":
                yield f"the line still waits: {line}"
            continue
        if amount != kept[op["uuid"]]:
            yield f"kept {kept[op['uuid']]}: {line}"
        if not 0 <= sign * amount <= op["amount"]:
            yield f"more than was asked for: {line}"
        if line.get("result") == "paid" and sign * amount != op["amount"]:
            yield f"not paid in full: {line}"
    missing = set(states) - {line["op"]["uuid"] for line in evening.lines}
    yield from (f"no line for {uuid}" for uuid in missing)


def _books(evening: Evening) -> Iterator[str]:
    """What moved is matched to its payment or its entry; whatever is not asks for a decision, and so
    does an unknown outcome."""
    for root, by_hand in evening.groups:
        unexplained = evening.unexplained(root, by_hand)
        for row in (root, *by_hand):
            if row["disputed"]:
                yield f"disputed: {row}"
            elif row["state"] == "unknown" and row["match_state"] != "open":
                yield f"an unknown outcome asks nobody: {row}"
            elif row["state"] == "unknown":
                continue
            elif unexplained and row["match_state"] != "open":
                yield f"{unexplained} are not in the books, and nobody is asked: {row}"
            elif row["net"] and not unexplained and row["match_state"] != "matched":
                yield f"it is in the books, and yet: {row}"
    known = {row["uuid"] for row in evening.rows}
    for payment in evening.payments:
        if payment["amount"] and payment["counts"] and payment["uuid"] not in known:
            yield f"no machine moved this: {payment}"


def _story(evening: Evening) -> Iterator[str]:
    """States only move forward."""
    states: dict[int, str] = {}
    for event in evening.events:
        operation, after = event["operation_id"][0], event["state_to"]
        before = states.get(operation, event["state_from"])
        if after != before and after not in FORWARD.get(before, ()):
            yield f"from {before} to {after}: {event}"
        states[operation] = after


def _leftovers(evening: Evening) -> Iterator[str]:
    """Nothing waits in a browser for an Odoo that is there."""
    unknown = {row["uuid"] for row in evening.by_machine if row["state"] == "unknown"}
    for number, browser in enumerate(evening.browsers):
        if browser["waiting"] or browser["problems"]:
            yield f"outbox of browser {number}: {browser['waiting']}, {browser['problems']}"
        for stored in browser["stored"]:
            if stored["uuid"] not in unknown:
                yield f"browser {number} still remembers {stored}"


#: The promises that hold whatever the make of the machine is.
OF_EVERY_MAKE = (_money, _held, _hands, _lines, _books, _story, _leftovers)
#: And those of a machine behind our gateway, which has a journal.
EVERY = (*OF_EVERY_MAKE, _ledger_and_journal, _starts)
