"""An operation's words are the same in the base's Python and JavaScript, the gateway and Odoo's fields."""

import ast
import json
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest

from stack.node import node
from stack.paths import ROOT

PROGRESS_JS = "pos_smartcash_terminal/static/src/app/common/progress.js"
LEDGER_OUTCOME_JS = "pos_smartcash_terminal/static/src/app/operation/ledger_outcome.js"
CASH_MOVE_JS = "pos_smartcash_terminal/static/src/app/common/cash_move.js"
PROGRESS_PY = "pos_smartcash_terminal/core/progress.py"
REGISTRATION_PY = "pos_smartcash_terminal/core/registration.py"
OPERATION_MODEL = "pos_smartcash_terminal/models/operation/smartcash_operation.py"
GATEWAY_MODELS = "gateway/smartcash_gateway/models.py"
GATEWAY_JWT = "pos_smartcash_connector/gateway_jwt.py"

ASK = """
const [progress, outcome, moves] = await Promise.all(process.argv.slice(1).map((path) => import(path)));
const { KINDS } = progress;
const able = { device: { capabilities: { kinds: KINDS } }, rights: { service: true, cashIn: true, cashOut: true } };
console.log(JSON.stringify({
    ...progress,
    START_WINDOW: outcome.START_WINDOW,
    isFinal: progress.STATES.filter((state) => progress.isFinal({ state })),
    isEnded: progress.STATES.filter((state) => progress.isEnded({ state })),
    isCashMove: KINDS.filter((kind) => moves.isCashMove({ kind })),
    isService: KINDS.filter((kind) => moves.isService({ kind })),
    allowed: [...moves.allowedCashMoves(able), ...moves.allowedServices(able)],
}));
"""


def module(path: str) -> ModuleType:
    """A module of an addon, or of the gateway, that asks for no Odoo; its addon's ``__init__`` does."""
    package, *rest = path.removeprefix("gateway/").removesuffix(".py").split("/")
    if path.startswith("pos_") and package not in sys.modules:
        sys.modules[package] = ModuleType(package)
        sys.modules[package].__path__ = [str(ROOT / package)]
    return import_module(".".join([package, *rest]))


def assigned(name: str) -> ast.expr:
    """What the operation's model assigns to this name."""
    for found in ast.walk(ast.parse((ROOT / OPERATION_MODEL).read_text())):
        if isinstance(found, ast.Assign) and ast.unparse(found.targets[0]) == name:
            return found.value
    raise AssertionError(f"no {name} in {OPERATION_MODEL}")


def selection(field: str) -> list[str]:
    """The keys of a Selection, spelt out in the field or in a list of the module."""
    options = next(one.value for one in assigned(field).keywords if one.arg == "selection")
    if isinstance(options, ast.Name):
        options = assigned(options.id)
    return [key for key, _label in ast.literal_eval(options)]


progress = module(PROGRESS_PY)
registration = module(REGISTRATION_PY)
gateway = module(GATEWAY_MODELS)


@pytest.fixture(scope="module")
def page() -> dict:
    """What the till's JavaScript says."""
    files = [(ROOT / path).as_uri() for path in (PROGRESS_JS, LEDGER_OUTCOME_JS, CASH_MOVE_JS)]
    loader = (ROOT / "tests" / "js" / "loader.mjs").as_uri()
    said = subprocess.run(
        [node()[0], f"--import={loader}", "--input-type=module", "--eval", ASK, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


@pytest.mark.parametrize("name", ["KINDS", "PHASES"])
def test_a_list_is_the_same_in_the_same_order(page, name):
    assert page[name] == list(getattr(progress, name))


@pytest.mark.parametrize(
    "name",
    [
        "SERVICES",
        "PAID_BY_ORDER",
        "CASH_MOVES",
        "MONEY_IN",
        "MONEY_OUT",
        "STATES",
        "ENDED",
        "FINAL",
    ],
)
def test_a_set_is_the_same(page, name):
    assert sorted(page[name]) == sorted(getattr(progress, name))


def test_from_each_state_the_same_states_follow(page):
    assert {state: set(following) for state, following in page["TRANSITIONS"].items()} == {
        state: set(following) for state, following in progress.TRANSITIONS.items()
    }


def test_the_till_s_questions_are_answered_by_the_tables(page):
    assert set(page["isFinal"]) == progress.FINAL
    assert set(page["isEnded"]) == progress.ENDED
    assert set(page["isCashMove"]) == progress.CASH_MOVES
    assert set(page["isService"]) == progress.SERVICES
    assert set(page["allowed"]) == progress.CASH_MOVES


def test_each_kind_asks_for_a_right_and_moves_money_in_or_out_or_inside():
    assert set(registration.RIGHTS) == set(progress.KINDS)
    assert {
        kind for kind, right in registration.RIGHTS.items() if right == registration.SERVICE
    } == progress.SERVICES
    assert not progress.MONEY_IN & progress.MONEY_OUT
    assert set(progress.KINDS) - progress.MONEY_IN - progress.MONEY_OUT == {"transfer"}


def test_the_gateway_carries_out_the_same_kinds_with_the_same_directions():
    assert [kind.value for kind in gateway.Kind] == list(progress.KINDS)
    assert {kind.value for kind in gateway.Kind if kind.takes_money} == progress.MONEY_IN
    assert {
        kind.value for kind in gateway.Kind if kind.amounts == (0, 0)
    } == progress.KINDS_WITHOUT_AMOUNT


@pytest.mark.parametrize("kind", progress.KINDS)
@pytest.mark.parametrize("amount", [0, 1, -1])
def test_the_gateway_takes_the_amounts_that_odoo_registers(kind, amount):
    assert is_registered(kind, amount) == is_taken(kind, amount)


UUID = "0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d"


def is_registered(kind: str, amount: int) -> bool:
    wish = {"uuid": UUID, "kind": kind, "amount": amount, "currency": "EUR"}
    try:
        registration.Registration.from_wire({**wish, "session_id": 1, "payment_method_id": 1})
    except registration.Refused:
        return False
    return True


def is_taken(kind: str, amount: int) -> bool:
    body = {"kind": kind, "amount": amount, "currency": "EUR"}
    try:
        gateway.OperationRequest.from_json(UUID, body, "EUR")
    except gateway.BadAmount:
        return False
    return True


def test_the_gateway_has_the_same_phases_and_states():
    assert [phase.value for phase in gateway.Phase] == list(progress.PHASES)
    # A draft has not been sent to any device.
    assert {state.value for state in gateway.State} == set(progress.STATES) - {"draft"}
    assert {state.value for state in gateway.State if state.ended} == progress.ENDED


@pytest.mark.parametrize(
    ("field", "words"),
    [("kind", progress.KINDS), ("phase", progress.PHASES), ("evidence", progress.EVIDENCE)],
)
def test_odoo_s_fields_offer_the_same(field, words):
    assert selection(field) == list(words)


def test_odoo_s_states_are_those_that_follow_each_other():
    assert set(selection("state")) == set(progress.STATES)


def test_a_till_waits_for_another_one_s_start_as_long_as_its_token_lasts(page):
    assert page["START_WINDOW"] == module(GATEWAY_JWT).OPERATION_SECONDS
