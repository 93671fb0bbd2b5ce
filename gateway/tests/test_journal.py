"""The journal as a file: who reads it, how it is copied, paged, and what a lost one means."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import stat
import time
from dataclasses import replace

import pytest
from support import (
    DEVICE,
    KEY,
    ORIGIN,
    GatewayProcess,
    body,
    connected,
    new_uuid,
    op_token,
    token,
)

from smartcash_gateway.cli.main import main
from smartcash_gateway.config import load
from smartcash_gateway.errors import ConfigError
from smartcash_gateway.models import OperationRequest, Phase, State, now
from smartcash_gateway.operations.arrivals import Arrivals
from smartcash_gateway.operations.journal import Journal


def ended(journal: Journal, count: int, state: State = State.DONE) -> list[str]:
    uuids = []
    for _ in range(count):
        request = OperationRequest.from_json(new_uuid(), body(100), "EUR")
        operation = journal.register(request, on_screen=False)
        end = {"state": state, "phase": Phase.ENDED, "settled": True, "ended_at": now()}
        journal.save(replace(operation, **end))
        uuids.append(operation.uuid)
    return uuids


# -- who reads it --------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [(0o666, 0o660), (0o644, 0o640), (0o600, 0o600)])
def test_a_journal_that_all_could_read_is_closed_to_them(tmp_path, before, after):
    path = tmp_path / "journal.db"
    Journal(path).close()
    path.chmod(before)
    journal = Journal(path)
    ended(journal, 1)
    modes = {stat.S_IMODE(one.stat().st_mode) & 0o007 for one in tmp_path.iterdir()}
    journal.close()
    assert stat.S_IMODE(path.stat().st_mode) == after
    assert modes == {0}


# -- copies ----------------------------------------------------------------------------------


async def test_a_journal_is_copied_while_the_gateway_writes(tmp_path, machine, capsys, monkeypatch):
    gateway = GatewayProcess(tmp_path, machine.connector)
    gateway.start()
    try:
        async with connected(gateway) as client:
            op = new_uuid()
            await client.start(op)
            await client.until_phase(op, "accepting")
            monkeypatch.setenv("SMARTCASH_GATEWAY_JOURNAL", str(gateway.journal))
            copy = tmp_path / "copy.db"
            assert await asyncio.to_thread(main, ["journal", "--backup", str(copy)]) == 0
            await client.ask(op, "cancel")
            await client.until_ended(op)
    finally:
        gateway.stop()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    moved = copy.rename(alone / "copy.db")
    found = Journal(moved).find()
    assert [(one.uuid, one.state) for one in found] == [(op, State.RUNNING)]
    assert main(["journal", "--backup", str(moved)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["journal", "--backup", str(tmp_path / "no" / "where.db")]) == 2
    assert "cannot be written" in capsys.readouterr().err


# -- pages -------------------------------------------------------------------------------------


async def test_the_journal_is_read_page_by_page(tmp_path, machine):
    journal = Journal(tmp_path / "journal.db")
    uuids = ended(journal, 7)
    odd = ended(journal, 1, State.UNKNOWN)
    uuids += odd + ended(journal, 3)
    journal.close()
    gateway = GatewayProcess(tmp_path, machine.connector)
    gateway.start()
    try:
        async with connected(gateway) as client:
            seen, cursor = [], {}
            while True:
                query = "&".join(
                    f"{name}={value}" for name, value in {"limit": 4, **cursor}.items()
                )
                status, page = await client.call("GET", f"/v1/operations?{query}")
                assert status == 200
                seen += [one["uuid"] for one in page["operations"]]
                if page["next"] is None:
                    break
                cursor = {"before": page["next"]}
            assert seen == uuids[::-1]
            _, page = await client.call("GET", "/v1/operations?state=unknown&limit=1")
            assert ([one["uuid"] for one in page["operations"]], page["next"]) == (odd, None)
            _, page = await client.call("GET", f"/v1/operations?before={uuids[0]}")
            assert (page["operations"], page["next"]) == ([], None)
            status, problem = await client.call("GET", f"/v1/operations?before={new_uuid()}")
            assert (status, problem["code"]) == (404, "operation_unknown")
            for query in (
                "before=",
                "limit=0",
                "limit=501",
                "limit=x",
                "limit=-1",
                "before=x",
                "page=2",
            ):
                status, problem = await client.call("GET", f"/v1/operations?{query}")
                assert (status, problem["code"]) == (422, "bad_request"), query
    finally:
        gateway.stop()


def test_a_rare_state_is_found_without_reading_all(tmp_path):
    path = tmp_path / "journal.db"
    journal = Journal(path)
    plans = []
    journal._db.set_trace_callback(plans.append)
    journal.find(state=State.UNKNOWN)
    journal.find(since="2026-01-01T00:00:00Z")
    journal._db.set_trace_callback(None)
    for query in plans:
        rows = journal._db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        said = " ".join(row["detail"] for row in rows)
        assert "SEARCH operation USING" in said, said
    assert len(plans) == 2


# -- a journal that was lost ---------------------------------------------------------------------


async def test_a_payout_is_not_made_again_with_its_token_after_the_journal_was_lost(
    tmp_path, machine
):
    gateway = GatewayProcess(tmp_path, machine.connector)
    gateway.start()
    op = new_uuid()
    auth = op_token(op, "refund", 500, iat=int(time.time()) - 60)
    wish = {"auth": auth, "json": body(500, "refund")}
    async with connected(gateway) as client:
        # A journal of an earlier gateway says nothing of its birth.
        with sqlite3.connect(gateway.journal) as db:
            db.execute("DELETE FROM birth")
    gateway.stop()
    gateway.start()
    async with connected(gateway) as client:
        status, _ = await client.call("PUT", f"/v1/operations/{op}", **wish)
        assert status == 201
        await client.until_ended(op)
    gateway.stop()
    paid = machine.take()["total"]
    assert paid == 500
    for path in tmp_path.glob("journal.db*"):
        path.unlink()
    gateway.start()
    try:
        async with connected(gateway) as client:
            status, problem = await client.call("PUT", f"/v1/operations/{op}", **wish)
            assert (status, problem["code"]) == (403, "token_scope")
            assert "may have been carried out already" in problem["detail"]
            other = new_uuid()
            await client.start(other, 200, "refund")
            await client.until_ended(other)
            sale = new_uuid()
            old = token(iat=int(time.time()) - 3600)
            status, _ = await client.call("PUT", f"/v1/operations/{sale}", auth=old, json=body())
            assert status == 201, "a sale pays nothing out"
            await client.ask(sale, "cancel")
            await client.until_ended(sale)
    finally:
        gateway.stop()
    assert machine.take()["total"] == 200


@pytest.mark.parametrize("iat", [None, "yesterday", 1.5, True])
async def test_a_payout_s_token_without_a_time_is_too_old(gateway, machine, iat):
    op = new_uuid()
    auth = op_token(op, "refund", 500, iat=iat)
    status, problem = await gateway.call(
        "PUT", f"/v1/operations/{op}", auth=auth, json=body(500, "refund")
    )
    assert (status, problem["code"]) == (403, "token_scope")


# -- a start that is on its way -------------------------------------------------------------------


@pytest.mark.parametrize(("method", "tail"), [("GET", ""), ("POST", "/cancel")])
async def test_a_start_whose_body_is_on_its_way_is_not_called_unknown(
    gateway, machine, method, tail
):
    op, text = new_uuid(), json.dumps(body()).encode()
    host, _, port = gateway.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"PUT /v1/operations/{op} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token()}\r\n"
        f"Content-Length: {len(text)}\r\n\r\n".encode()
    )
    await asyncio.sleep(0.3)
    asked = asyncio.ensure_future(gateway.call(method, f"/v1/operations/{op}{tail}"))
    await asyncio.sleep(0.5)
    assert not asked.done()
    writer.write(text)
    status, answer = await asyncio.wait_for(asked, 5)
    assert status in (200, 202), answer
    assert answer["uuid"] == op
    assert b" 201 " in await reader.read(1000)
    writer.close()
    await gateway.ask(op, "cancel")
    await gateway.until_ended(op)


async def test_a_start_that_never_arrives_was_none(gateway):
    op = new_uuid()
    host, _, port = gateway.url.removeprefix("http://").rpartition(":")
    _reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        f"PUT /v1/operations/{op} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token()}\r\n"
        "Content-Length: 100\r\n\r\n{".encode()
    )
    await asyncio.sleep(0.3)
    asked = asyncio.ensure_future(gateway.call("GET", f"/v1/operations/{op}"))
    await asyncio.sleep(0.3)
    writer.transport.abort()
    status, problem = await asyncio.wait_for(asked, 5)
    assert (status, problem["code"]) == (404, "operation_unknown")


async def test_two_starts_of_one_operation_are_both_waited_for():
    arrivals, order = Arrivals(), []

    async def start(name, seconds):
        with arrivals.of("u"):
            await asyncio.sleep(seconds)
            order.append(name)

    first = asyncio.ensure_future(start("first", 0.05))
    second = asyncio.ensure_future(start("second", 0.15))
    await asyncio.sleep(0)
    await arrivals.settled("u")
    assert order == ["first", "second"]
    await asyncio.gather(first, second)
    await arrivals.settled("u")


# -- what a stranger learns ----------------------------------------------------------------------


async def test_only_the_shop_s_pages_learn_which_till_this_is(gateway):
    for headers, device in (
        ({"Origin": "https://evil.example.com"}, None),
        ({"Origin": "null"}, None),
        ({"Origin": ORIGIN}, DEVICE),
        ({}, DEVICE),
    ):
        async with gateway.session.get(gateway.url + "/v1/health", headers=headers) as answer:
            health = await answer.json()
        assert health["device"] == device
        assert "device_state" in health


# -- a technician's terminal and editor ------------------------------------------------------------


def test_a_reference_cannot_speak_to_the_terminal(tmp_path, capsys, monkeypatch):
    path = tmp_path / "journal.db"
    journal = Journal(path)
    wish = OperationRequest.from_json(new_uuid(), body(100), "EUR")
    evil = "Order\x1b[2J\x1b]0;x\x07\r\n\u202e7\x9b1m"
    journal.register(replace(wish, reference=evil), on_screen=False)
    journal.close()
    monkeypatch.setenv("SMARTCASH_GATEWAY_JOURNAL", str(path))
    assert main(["journal"]) == 0
    table = capsys.readouterr().out
    assert "Order" in table
    assert all(letter.isprintable() for line in table.splitlines() for letter in line)
    assert len(table.splitlines()) == 2
    assert main(["journal", "--json"]) == 0
    assert all(letter.isprintable() for letter in capsys.readouterr().out.strip())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
def test_an_editor_s_mark_at_the_beginning_is_read_over(tmp_path, encoding):
    path = tmp_path / "gateway.toml"
    path.write_text(f'device = "{DEVICE}"\npairing_key = "{KEY}"\n', encoding=encoding)
    assert load(path, {}).device == DEVICE
    assert main(["pair", "--config", str(path), "--key", "n" * 64, "--origin", ORIGIN]) == 0
    assert load(path, {}).pairing_key == "n" * 64


def test_another_encoding_is_said_in_words(tmp_path):
    path = tmp_path / "gateway.toml"
    path.write_text(f'device = "{DEVICE}"\n', encoding="utf-16")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(path, {})


def test_the_lock_file_is_not_for_all_either(tmp_path):
    Journal(tmp_path / "journal.db").close()
    assert {stat.S_IMODE(one.stat().st_mode) & 0o077 for one in tmp_path.iterdir()} == {0}
    assert os.listdir(tmp_path)
