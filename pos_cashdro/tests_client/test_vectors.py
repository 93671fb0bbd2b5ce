"""What a machine's answers mean: the cases in ``vectors/``, which tests/js/cashdro_vectors.test.mjs runs too.

A file, a section or a key of a case that has nobody to run it fails, here and there.
"""

import json
from dataclasses import asdict
from datetime import datetime

import pytest
from fake_machine import no, ok
from without_odoo import ROOT, addon_module

answers = addon_module("cashdro_protocol.answers")
client_module = addon_module("cashdro_protocol.client")
cashdro = addon_module("cashdro_client")
kinds = addon_module("kinds")
outcome = addon_module("outcome")
pieces_module = addon_module("pieces")

VECTORS = {
    path.stem: json.loads(path.read_text())
    for path in sorted((ROOT / "pos_cashdro" / "vectors").glob("*.json"))
}
OPERATION = {"operationid": "7", "state": "E", "total": "1825", "totalin": "1830", "totalout": "-5"}
STATUS = {
    "id": "7",
    "state": "E",
    "total": 1825,
    "in": 1830,
    "out": 5,
    "owed": 0,
    "messages": [],
    "with_error": False,
    "failed": False,
    "cancelled": None,
    "type": None,
    "terminal": None,
    "cashier": None,
    "alias": None,
    "may_have_ended": False,
}
UNREADABLE = cashdro.CashdroProtocolError


@pytest.fixture(autouse=True)
def nothing_proven_yet():
    client_module._proven_units.clear()


@pytest.fixture
def client(machine):
    return cashdro.CashdroClient(machine.url, "till", "secret", timeout=5)


def agree(read, means):
    if means == "unreadable":
        with pytest.raises(UNREADABLE):
            read()
    else:
        assert read() == means


# ---- answers ---------------------------------------------------------------------------------------


def envelope(means, promise="", raw=None, hex=None):  # noqa: A002 - called with the keys of vectors/*.json
    wire = bytes.fromhex(hex) if hex else raw.encode()

    def read():
        found = answers.read_answer(wire)
        why = {} if found.code == 1 else {"text": found.text}
        return {"code": found.code, "body": found.body, **why}

    agree(read, means)


def started(body, means):
    agree(lambda: answers.operation_id(body), means)


def status(means, promise="", operation=None, without=(), body=None, flat=False, **whole):
    wire = {
        **{key: value for key, value in OPERATION.items() if key not in without},
        **(operation or {}),
    }
    wire = wire if flat else {"operation": wire}
    wire = whole.pop("whole") if whole else {**wire, **(body or {})}
    assert not whole
    if means != "unreadable":
        means = {**STATUS, **means}
    agree(lambda: told(answers.status(wire, "7")), means)


def told(found):
    return {
        "id": found.id,
        "state": found.state.value,
        "total": found.total,
        "in": found.total_in,
        "out": found.total_out,
        "owed": found.change_not_available,
        "messages": list(found.messages),
        "with_error": found.with_error,
        "failed": found.failed,
        "cancelled": found.cancelled,
        "type": found.type,
        "terminal": found.terminal,
        "cashier": found.cashier,
        "alias": found.alias,
        "may_have_ended": found.may_have_ended,
    }


def executing(body, means):
    agree(lambda: answers.executing(body), means)


def pending(body, means):
    agree(lambda: answers.pending(body), means)


def moved(body, means):
    agree(lambda: [asdict(one) for one in answers.movements(body)], means)


def level(piece, means):
    means = means if means == "unreadable" else [means]
    agree(lambda: [asdict(one) for one in answers.levels({"pieces": [piece]})], means)


# ---- calls -----------------------------------------------------------------------------------------

CALLS = {
    "startOperation": lambda client: client.start_operation(
        cashdro.OperationType.SALE, 100, terminal="t"
    ),
    "acknowledgeOperationId": lambda client: client.acknowledge("7"),
    "askOperation": lambda client: client.ask("7"),
    "finishOperation": lambda client: client.finish("7", cashdro.FinishMode.ACCEPT),
    "setOperationImported": lambda client: client.set_imported("7"),
    "askPendingOperations": lambda client: client.pending("t"),
    "askOperationExecuting": lambda client: client.executing(),
    "askMovements": lambda client: client.movements(datetime(2026, 1, 1), datetime(2026, 1, 2), []),
    "getPiecesCurrency": lambda client: client.levels("EUR"),
    "doTest": lambda client: client.test(),
}
MEANINGS = {
    cashdro.CashdroAuthError: "denied",
    cashdro.CashdroBusy: "busy",
    cashdro.CashdroRefused: "refused",
    cashdro.CashdroUnknownOperation: "unknown_operation",
    cashdro.CashdroProtocolError: "open",
}


def refused(machine, client, call, code, means):
    for refusal in (no(code, "why"), {"code": str(code), "data": "why"}):
        machine.answers[call] = refusal
        with pytest.raises(cashdro.CashdroError) as raised:
            CALLS[call](client)
        found = MEANINGS[type(raised.value)]
        if (call, raised.value.code) == ("finishOperation", -2):
            found = "not_in_execution"
        assert found == means
        assert raised.value.code == code
    assert len(machine.named(call)) == 2, "nothing is repeated by itself"


def end(machine, client, told, executing, means, promise=""):
    base = {**OPERATION, "total": "1000", "totalin": "500", "totalout": "-500"}
    wires = [ok({"operation": {**base, **one}}) for one in told]
    machine.answers["askOperation"] = [*wires, wires[-1]]
    is_code = isinstance(executing, int)
    machine.answers["askOperationExecuting"] = (
        no(executing) if is_code else ok({"OperationId": executing})
    )
    found = client.ask("7")
    assert {
        "finished": found.finished,
        "cancelled": bool(found.cancelled),
        "out": found.total_out,
    } == {"out": 500, **means}


# ---- kinds and outcomes ----------------------------------------------------------------------------


def kind_to_type(kind, amount, type, asked=None, chooses_pieces=False):  # noqa: A002 - called with the keys of vectors/*.json
    if type is None:
        with pytest.raises(KeyError):
            kinds.operation_type(kind, amount)
    else:
        assert kinds.operation_type(kind, amount) == type
    assert kinds.asked_amount(kind, amount) == (amount if asked is None else asked)
    assert (kind in kinds.CHOSEN_PIECES) == chooses_pieces


def type_to_kind(type, kind):  # noqa: A002 - called with the keys of vectors/*.json
    assert kinds.KINDS.get(type) == kind


def is_ours(amount, told, means, promise=""):
    found = machine_status({"state": "E", **told}, amount)
    assert outcome.is_of("u-1", amount, found) == means


def machine_status(told, amount):
    words = {"in": "total_in", "out": "total_out", "owed": "change_not_available"}
    values = {words.get(key, key): value for key, value in told.items()}
    values["state"] = cashdro.OperationState(values["state"])
    values["messages"] = tuple(values.get("messages", ()))
    return cashdro.CashdroStatus(
        **{"id": "7", "total": amount, "total_in": 0, "total_out": 0, **values}
    )


def judged(asked, told):
    asked = outcome.Asked(**{"tolerance": 1, **asked})
    wire = outcome.judge(asked, machine_status(told, asked.amount)).to_wire()
    return {**wire, "messages": [message["code"] for message in wire["messages"]]}


def progress(told, means):
    return {
        "amountIn": told.get("in", 0),
        "amountOut": told.get("out", 0),
        "undispensed": 0,
        "rounding": 0,
        "deviceRef": "7",
        "cancellable": False,
        "acceptable": False,
        "messages": [],
        "card": None,
        "signature": None,
        **means,
    }


def ended(asked, told, means, promise=""):
    assert judged(asked, {"state": "F", **told}) == progress(told, {"phase": "ended", **means})


def runs(asked, told, means, promise=""):
    assert judged(asked, told) == progress(told, {"state": "running", **means})


def homologation(kind, amount, pieces, rounding, cancel=False, **told):
    assert told.keys() == {"in", "out"}
    ended(
        {"kind": kind, "amount": amount, "wish": "cancel" if cancel else None},
        told,
        {"state": "cancelled" if cancel else "done", "rounding": rounding},
    )
    net = told["in"] - told["out"] + rounding
    assert net == (0 if cancel else amount if kind == "sale" else -amount), "paid in full"


def totals(net, **sums):
    rows = VECTORS["homologation"]["rows"]
    assert sums == {key: sum(row[key] for row in rows) for key in ("in", "out")}
    assert net == sums["in"] - sums["out"]


# ---- units and pieces ------------------------------------------------------------------------------


def currency_pieces(currency, decimals, coins, notes):
    known = {("coin", value) for value in coins} | {("note", value) for value in notes}
    assert cashdro.known_pieces(currency, decimals) == known


def unit_of_machine(machine, _client, currency, ours, theirs, coins, notes, means, promise=""):
    unit = cashdro.Unit(ours, theirs, cashdro.known_pieces(currency, ours))
    client = cashdro.CashdroClient(machine.url, "till", "secret", unit=unit)
    wires = [("1", value) for value in coins] + [("2", value) for value in notes]
    machine.answers["startOperation"] = ok({"operationId": "7"})
    machine.answers["getPiecesCurrency"] = ok(
        {
            "pieces": [
                {"Value": value, "Type": kind, "LevelRecycler": "3", "LevelCasete": "0"}
                for kind, value in wires
            ]
        }
    )

    def start():
        sale = cashdro.OperationType.SALE
        client.start_operation(sale, 100, terminal="t", currency=currency)

    if means == "right":
        start()
        found = client.levels(currency)
        assert [unit.to_machine(one.value) for one in found] == [value for _kind, value in wires]
    else:
        with pytest.raises(cashdro.CashdroUnitError):
            start()
        assert not machine.named("startOperation")
    if means == "wrong":
        with pytest.raises(cashdro.CashdroUnitError):
            client.levels(currency)
    elif means == "none":
        assert client.levels(currency) == []


def amount(ours, theirs, amount, counted):
    unit = cashdro.Unit(ours, theirs)
    if amount is None:
        with pytest.raises(cashdro.CashdroProtocolError):
            unit.to_ours(counted)
    elif counted is None:
        with pytest.raises(cashdro.CashdroRefused):
            unit.to_machine(amount)
    else:
        assert (unit.to_machine(amount), unit.to_ours(counted)) == (counted, amount)


def inside(currency, pieces, means, promise=""):
    found = pieces_module.to_denominations(answers.levels({"pieces": pieces}), currency)
    assert [one.to_wire() for one in found] == means


def given(machine, client, kind, currency, pieces, means, promise=""):
    chosen = pieces_module.all_pieces(answers.levels({"pieces": pieces}), kind, currency)
    if means is None:
        assert chosen == []
        return
    place = "to_cassette" if kind == "transfer" else "pieces"
    client.finish("7", cashdro.FinishMode.EXECUTE, **{place: chosen})
    (sent,) = machine.named("finishOperation")
    assert json.loads(sent["params"]) == means


# ---- every case --------------------------------------------------------------------------------------

RUNS = {
    "answers": {
        "envelopes": envelope,
        "starts": started,
        "statuses": status,
        "executing": executing,
        "pending": pending,
        "movements": moved,
        "levels": level,
    },
    "calls": {"codes": refused, "ends": end},
    "homologation": {"rows": homologation, "totals": totals},
    "kinds": {"types": kind_to_type, "kinds": type_to_kind, "ours": is_ours},
    "outcomes": {"ended": ended, "running": runs},
    "pieces": {"inside": inside, "given": given},
    "units": {"currencies": currency_pieces, "machines": unit_of_machine, "amounts": amount},
}
ON_A_MACHINE = (refused, end, given, unit_of_machine)
CASES = [
    pytest.param(file, section, case, id=f"{file}-{section}-{case.get('promise', at)}")
    for file, sections in VECTORS.items()
    for section, cases in sections.items()
    for at, case in enumerate(cases)
]


def test_every_section_is_run():
    assert {file: set(sections) for file, sections in VECTORS.items()} == {
        file: set(sections) for file, sections in RUNS.items()
    }
    assert all(cases for sections in VECTORS.values() for cases in sections.values())


@pytest.mark.parametrize(("file", "section", "case"), CASES)
def test_case(machine, client, file, section, case):
    run = RUNS[file][section]
    if run in ON_A_MACHINE:
        run(machine, client, **case)
    else:
        run(**case)
