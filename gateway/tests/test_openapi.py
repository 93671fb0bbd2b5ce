"""The API against its own OpenAPI document, with whatever schemathesis can think of."""

from __future__ import annotations

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from support import new_uuid, op_token, token

from smartcash_gateway.http import openapi
from smartcash_gateway.models import Kind

OWN_TOKEN = [kind.value for kind in Kind if kind is not Kind.SALE]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]

schema = schemathesis.openapi.from_dict(openapi.document("EUR"))
# Every call below brings its own token; bad ones are in test_bad_input.
schema.config.generation.update(with_security_parameters=False)
# The handshake is spoken in test_events: it is no plain HTTP.
http = schema.exclude(path="/v1/events")


@http.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_answer_is_in_the_document(case, gateway_process):
    kind = case.body.get("kind") if isinstance(case.body, dict) else None
    op = (case.path_parameters or {}).get("uuid")
    # A token that allows what is asked, whenever that can be allowed.
    auth = token()
    if kind in OWN_TOKEN and isinstance(op, str):
        auth = op_token(op, kind, 10**7)
    case.call_and_validate(
        base_url=gateway_process.url,
        headers={"Authorization": f"Bearer {auth}"},
        checks=CHECKS,
        timeout=10,
    )


def test_the_document_is_served(gateway_process):
    case = schema["/v1/openapi.json"]["GET"].Case()
    answer = case.call(base_url=gateway_process.url)
    assert answer.json() == openapi.document("EUR")


async def test_a_whole_sale_conforms_to_the_document(gateway, machine):
    operation = schema["/v1/operations/{uuid}"]["PUT"]
    op = new_uuid()
    case = operation.Case(
        path_parameters={"uuid": op},
        body={"kind": "sale", "amount": 500, "currency": "EUR"},
        media_type="application/json",
    )
    headers = {"Authorization": f"Bearer {token()}"}
    answer = case.call_and_validate(base_url=gateway.url, headers=headers)
    assert answer.status_code == 201
    await gateway.ask(op, "cancel")
    ended = await gateway.until_ended(op)
    assert ended["signature"]
    again = case.call_and_validate(base_url=gateway.url, headers=headers)
    assert again.status_code == 200
