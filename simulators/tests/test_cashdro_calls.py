"""Whatever is asked, the web service has an answer, and nothing moves that should not."""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartcash_simulators.cash import starting_float
from smartcash_simulators.cashdro.calls import WebService
from smartcash_simulators.cashdro.controller import Controller
from smartcash_simulators.cashdro.faults import CashdroFaults
from smartcash_simulators.cashdro.journal import Journal
from smartcash_simulators.cashdro.sets import cash_set
from smartcash_simulators.cashdro.settings import Settings
from smartcash_simulators.cashdro.users import Users
from smartcash_simulators.machine import CashMachine

CALLS = [
    "login", "doTest", "startOperation", "acknowledgeOperationId", "askOperation",
    "askOperationV2", "finishOperation", "setOperationImported", "askPendingOperations",
    "askOperationExecuting", "getPiecesCurrency", "getAlerts", "getDiagnosis", "askMovements",
    "getPendingPrintReports", "markReportAsPrinted", "", "nonsense",
]  # fmt: skip
NAMES = [
    "type", "posid", "posuser", "aliasid", "operationId", "terminal", "importManualOperations",
    "currencyId", "includeImages", "includeLevels", "fromDate", "toDate", "group", "reportid",
    "getcashdroreports",
]  # fmt: skip
WORDS = st.sampled_from(
    [
        "1", "2", "3", "4", "8", "18", "true", "false", "EUR", "-1", "١", "9" * 5000,
        "2026-01-01_1:00:00", "0001-01-01_0:00:00", "9999-12-31_23:59:59",
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "amount", "pieces", "piece", "value", "level", "isBill",
        "Piezas", "PiezasCasete", "pieza", "valor", "nivel", "isBillete", "Id",
    ]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
QUERIES = st.tuples(
    st.sampled_from(CALLS),
    st.dictionaries(st.sampled_from(NAMES), WORDS | st.text(max_size=60), max_size=6),
    st.dictionaries(
        st.sampled_from(["parameters", "params", "operationType"]),
        JSON.map(json.dumps) | st.text(max_size=10),
    ),
)


def service() -> tuple[WebService, Controller]:
    pieces = cash_set("EUR")
    machine = CashMachine(pieces, starting_float(pieces, "standard"), faults=CashdroFaults())
    controller = Controller(machine, Journal(pieces), Settings(rounding=2))
    return WebService(controller, Users()), controller


@settings(max_examples=150, deadline=None)
@given(st.lists(QUERIES, min_size=1, max_size=8))
def test_every_query_gets_an_answer_in_the_shape_of_its_entry(queries: list) -> None:
    async def play() -> None:
        web, controller = service()
        for call, texts, structures in queries:
            params = {"operation": call, "name": "admin", "password": "admin"}
            new = web.index3({**params, **texts, **structures})
            assert set(new) == {"code", "response"}
            assert (new["code"] == 1) == (new["response"]["errorMessage"] == "none")
            old = web.index({**params, **texts, **structures})
            assert set(old) == {"code", "data"}
            json.dumps([new, old])
        assert all(operation.total >= 0 for operation in controller.operations)

    asyncio.run(play())


@pytest.mark.parametrize("call", [call for call in CALLS if not call.startswith("get")])
def test_nobody_gets_past_the_password(call: str) -> None:
    web, controller = service()
    number = controller.create(4, total=100).id
    for name, password in (("admin", ""), ("admin", "Admin"), ("", ""), ("é", "é")):
        params = {"operation": call, "operationId": str(number), "type": "4", "name": name}
        answer = web.index3({**params, "password": password, "parameters": '{"amount": "1"}'})
        assert answer["code"] in (-1, 0)
        assert "operation" not in answer["response"]
    assert [operation.state for operation in controller.operations] == ["I"]
