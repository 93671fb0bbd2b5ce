"""Whatever is sent: a problem with a reason, nothing started, never a 500."""

from __future__ import annotations

import asyncio
import json
import time

import aiohttp
import pytest
from support import DEVICE, KEY, GatewayProcess, body, new_uuid, op_token, token


async def refused(gateway, op: str, status: int, code: str, **options) -> dict:
    """A start that must be refused, and must leave no trace."""
    found, problem = await gateway.call("PUT", f"/v1/operations/{op}", **options)
    assert (found, problem.get("code")) == (status, code), problem
    assert problem["status"] == status
    assert problem["detail"]
    _, device = await gateway.call("GET", "/v1/device")
    assert device["operation"] is None
    return problem


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[1",
        b"\xff\xfe",
        b'{"amount": NaN}',
        b"[" * 10_000,
        b"nul",
    ],
)
async def test_what_is_not_json_is_refused(gateway, data):
    await refused(gateway, new_uuid(), 400, "bad_json", data=data)


@pytest.mark.parametrize("content", [None, 1, "sale", [], [body()]])
async def test_what_is_not_an_object_is_refused(gateway, content):
    await refused(gateway, new_uuid(), 422, "bad_request", data=json.dumps(content))


@pytest.mark.parametrize(
    "amount",
    [0, -1, 10**7 + 1, 10**30, 9.9, 990.0, "990", True, None, [], {}],
)
async def test_an_amount_that_cannot_be_paid_is_refused(gateway, amount):
    await refused(gateway, new_uuid(), 422, "bad_amount", json=body(amount))


async def test_a_number_too_long_to_be_one_is_refused(gateway):
    text = json.dumps(body()).replace("990", "9" * 5000)
    await refused(gateway, new_uuid(), 400, "bad_json", data=text)


@pytest.mark.parametrize("currency", ["USD", "eur", "", None, 978, ["EUR"]])
async def test_a_currency_that_the_machine_does_not_hold_is_refused(gateway, currency):
    await refused(gateway, new_uuid(), 422, "bad_currency", json={**body(), "currency": currency})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "steal"}, "unsupported_kind"),
        ({"kind": "collect"}, "bad_amount"),
        ({"kind": "empty"}, "bad_amount"),
        ({"kind": "fill", "amount": -1}, "bad_amount"),
        ({"kind": None}, "bad_request"),
        ({"kind": ["sale"]}, "bad_request"),
        ({"reference": 5}, "bad_request"),
        ({"reference": "x" * 65}, "bad_request"),
        ({"allow_partial": "yes"}, "bad_request"),
        ({"allow_partial": 1}, "bad_request"),
        ({"extra": 1}, "bad_request"),
        ({"uuid": new_uuid()}, "bad_request"),
    ],
)
async def test_wrong_members_are_refused(gateway, change, code):
    await refused(gateway, new_uuid(), 422, code, json={**body(), **change})


@pytest.mark.parametrize("name", ["1", "not-a-uuid", "0" * 32, "%00", "é" * 36])
async def test_a_name_that_is_no_uuid_is_refused(gateway, name):
    await refused(gateway, name, 422, "bad_request", json=body())


async def test_upper_case_names_the_same_operation(gateway):
    op = new_uuid()
    await gateway.start(op.upper(), 500)
    answer = await gateway.get(op)
    assert answer["uuid"] == op


async def test_an_oversized_body_is_refused(gateway):
    data = json.dumps(body(reference="x" * 100_000))
    await refused(gateway, new_uuid(), 413, "body_too_large", data=data)


BAD_TOKENS = [
    ("", 401, "token_missing"),
    ("x", 401, "token_invalid"),
    ("a.b.c", 401, "token_invalid"),
    (token(key="another key that is as long as the real one"), 401, "token_invalid"),
    (token(aud="another-gateway"), 401, "token_invalid"),
    (token(exp=None), 401, "token_invalid"),
    (token(device=None), 401, "token_invalid"),
    (token(scope=None), 401, "token_invalid"),
    (token(scope="sale"), 401, "token_invalid"),
    (token(exp="soon"), 401, "token_invalid"),
    (token(exp=int(time.time()) - 60), 401, "token_expired"),
    (token(device="device-2"), 403, "token_wrong_device"),
    (token(device=5), 403, "token_wrong_device"),
    (token(scope=["status"]), 403, "token_scope"),
    (token(scope=[]), 403, "token_scope"),
    ("x" * 6000, 401, "token_invalid"),
]


@pytest.mark.parametrize(("auth", "status", "code"), BAD_TOKENS, ids=range(len(BAD_TOKENS)))
async def test_a_token_that_is_not_good_starts_nothing(gateway, auth, status, code):
    await refused(gateway, new_uuid(), status, code, auth=auth, json=body())


async def test_an_unsigned_token_starts_nothing(gateway):
    import jwt

    unsigned = jwt.encode(
        {
            "aud": "smartcash-gateway",
            "device": DEVICE,
            "scope": ["status", "sale"],
            "exp": int(time.time()) + 60,
        },
        None,
        algorithm="none",
    )
    await refused(gateway, new_uuid(), 401, "token_invalid", auth=unsigned, json=body())


async def test_another_scheme_than_bearer_is_refused(gateway):
    await refused(
        gateway,
        new_uuid(),
        401,
        "token_invalid",
        auth="",
        headers={"Authorization": f"Basic {token()}"},
        json=body(),
    )


@pytest.mark.parametrize("kind", ["refund", "cash_out", "cash_in"])
async def test_a_shifts_token_moves_no_money_but_sales(gateway, kind):
    await refused(gateway, new_uuid(), 403, "token_scope", json=body(500, kind))


async def test_a_token_for_one_payout_is_for_that_one_only(gateway, machine):
    before = machine.state()["physical_total"]
    op = new_uuid()
    wrong = [
        (new_uuid(), op_token(op, "refund", 500), body(500, "refund")),
        (op, op_token(op, "cash_out", 500), body(500, "refund")),
        (op, op_token(op, "refund", 499), body(500, "refund")),
        (op, op_token(op, "refund", 500), body(500, "sale")),
    ]
    for name, auth, content in wrong:
        await refused(gateway, name, 403, "token_scope", auth=auth, json=content)
    for broken in ({"max": "500"}, {"max": -1}, {"max": True}, {"kind": None}, {"op": 5}):
        auth = token(**{"op": op, "kind": "refund", "max": 500, **broken})
        await refused(gateway, op, 401, "token_invalid", auth=auth, json=body(500, "refund"))
    assert machine.state()["physical_total"] == before


async def test_a_token_for_one_operation_reads_only_that_one(gateway):
    op, other = new_uuid(), new_uuid()
    await gateway.start(other, 500)
    auth = op_token(op, "refund", 500, scope=["operation"])
    for method, path in (
        ("GET", f"/v1/operations/{other}"),
        ("POST", f"/v1/operations/{other}/cancel"),
        ("GET", "/v1/operations"),
        ("GET", "/v1/device"),
    ):
        status, problem = await gateway.call(method, path, auth=auth)
        assert (status, problem["code"]) == (403, "token_scope")
    status, problem = await gateway.call("GET", f"/v1/operations/{op}", auth=auth)
    assert (status, problem["code"]) == (404, "operation_unknown")


@pytest.mark.parametrize("name", [new_uuid(), "nonsense"])
@pytest.mark.parametrize(
    ("method", "tail"), [("GET", ""), ("POST", "/cancel"), ("POST", "/accept")]
)
async def test_an_unknown_operation_is_told_as_such(gateway, name, method, tail):
    status, problem = await gateway.call(method, f"/v1/operations/{name}{tail}")
    assert (status, problem["code"]) == (404, "operation_unknown")


@pytest.mark.parametrize(
    "query",
    [
        {"state": "lost"},
        {"since": "yesterday"},
        {"since": "2026-01-01T00:00:00"},
        {"sinse": "2026-01-01T00:00:00Z"},
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(gateway, query):
    status, problem = await gateway.call("GET", "/v1/operations", params=query)
    assert (status, problem["code"]) == (422, "bad_request")


async def test_paths_and_methods_that_do_not_exist_are_problems(gateway):
    status, problem = await gateway.call("GET", "/v2/operations")
    assert (status, problem["code"]) == (404, "not_found")
    status, problem = await gateway.call("DELETE", f"/v1/operations/{new_uuid()}")
    assert (status, problem["code"]) == (405, "method_not_allowed")


async def test_problems_are_sent_as_problem_json(gateway):
    async with gateway.session.get(gateway.url + "/v1/device") as answer:
        assert answer.status == 401
        assert answer.content_type == "application/problem+json"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_bytes_that_are_no_http_do_not_hurt(gateway, gateway_process):
    host, _, port = gateway.url.removeprefix("http://").rpartition(":")
    for data in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"PUT / HTTP/9.9\r\n\r\n", b"#Q#"):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(data)
        await writer.drain()
        writer.close()
    assert (await gateway.call("GET", "/v1/health"))[0] == 200


async def test_without_a_pairing_key_only_health_answers(tmp_path, machine):
    unpaired = GatewayProcess(tmp_path, machine.connector, PAIRING_KEY="")
    unpaired.start()
    try:
        async with aiohttp.ClientSession() as session:
            async with session.get(unpaired.url + "/v1/health") as answer:
                assert (await answer.json())["paired"] is False
            for path in ("/v1/device", "/v1/operations", "/v1/events"):
                async with session.get(
                    unpaired.url + path, headers={"Authorization": f"Bearer {token()}"}
                ) as answer:
                    assert answer.status == 403
                    assert (await answer.json(content_type=None))["code"] == "not_paired"
    finally:
        unpaired.stop()


async def test_the_log_holds_neither_tokens_nor_keys(gateway, gateway_process):
    auth = token(scope=["status"])
    await gateway.call("PUT", f"/v1/operations/{new_uuid()}", auth=auth, json=body())
    log = gateway_process.log.read_text()
    assert KEY not in log
    assert auth not in log
    assert auth.rpartition(".")[2] not in log
