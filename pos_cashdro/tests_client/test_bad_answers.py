"""What no machine should say, or not so slowly: a typed error each time, and no secret in it."""

import socket
import time
import traceback

import pytest
from cashdro_client import (
    CashdroClient,
    CashdroError,
    CashdroProtocolError,
    CashdroUnreachable,
    OperationType,
)
from fake_machine import no, send

PASSWORD = "p&ss wörd"


@pytest.fixture
def client(machine):
    return CashdroClient(machine.url, "till", PASSWORD, timeout=1)


@pytest.mark.parametrize("body", [b"<html><body>It works!</body></html>", b"[" * 100000])
def test_an_answer_that_cannot_be_read_leaves_the_outcome_open(client, machine, body):
    machine.answers.update(askOperation=body, startOperation=body)
    for call in (
        lambda: client.ask("9"),
        lambda: client.start_operation(OperationType.SALE, 100, terminal="t"),
    ):
        with pytest.raises(CashdroProtocolError):
            call()
    assert len(machine.calls) == 2


def test_ten_megabytes(client, machine):
    machine.answers["askOperation"] = b" " * 10_000_000
    with pytest.raises(CashdroProtocolError, match="larger"):
        client.ask("9")


def test_a_redirect_is_not_followed(client, machine):
    def redirect(handler):
        send(
            handler,
            b"",
            status=302,
            Location=f"{machine.url}/Cashdro3WS/index3.php?operation=doTest",
        )

    machine.answers["askOperation"] = redirect
    with pytest.raises(CashdroProtocolError, match="redirect"):
        client.ask("9")
    assert len(machine.calls) == 1


@pytest.mark.parametrize("status", [201, 400, 401, 403, 500, 503])
def test_another_status_says_nothing_about_the_outcome(client, machine, status):
    machine.answers["startOperation"] = lambda handler: send(handler, b"{}", status=status)
    with pytest.raises(CashdroProtocolError, match=str(status)):
        client.start_operation(OperationType.SALE, 100, terminal="t")
    assert len(machine.calls) == 1


def drip_body(handler):
    handler.send_response(200)
    handler.end_headers()
    _drip(handler, b'{"code":1,')


def drip_headers(handler):
    _drip(handler, b"HTTP/1.1 200 OK\r\n")


def _drip(handler, data):
    handler.wfile.write(data)
    try:
        while True:
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        handler.close_connection = True


def say_nothing(machine):
    return lambda _handler: machine.held.wait(10)


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("how", [drip_body, drip_headers, None])
def test_no_call_takes_longer_than_its_limit(machine, secure_machine, secure, how):
    machine = secure_machine if secure else machine
    client = CashdroClient(machine.url, "till", PASSWORD, verify=False, timeout=0.6)
    machine.answers["askOperation"] = how or say_nothing(machine)
    started = time.monotonic()
    with pytest.raises(CashdroUnreachable, match="in time") as raised:
        client.ask("9")
    assert raised.value.sent
    assert 0.5 < time.monotonic() - started < 3


def test_a_handshake_that_never_ends(machine):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        client = CashdroClient(f"https://127.0.0.1:{port}", "till", PASSWORD, timeout=0.5)
        started = time.monotonic()
        with pytest.raises(CashdroUnreachable, match="in time") as raised:
            client.test()
        assert not raised.value.sent
        assert time.monotonic() - started < 3


def test_a_connection_that_breaks_off(client, machine):
    def half(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"code":1,')

    for answer in (half, lambda handler: handler.connection.close()):
        machine.answers["askOperation"] = answer
        with pytest.raises(CashdroUnreachable) as raised:
            client.ask("9")
        assert raised.value.sent


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(CashdroUnreachable, match="cannot be reached") as raised:
        CashdroClient(f"http://127.0.0.1:{port}", "till", PASSWORD, timeout=1).test()
    assert not raised.value.sent
    assert raised.value.reason == "port"


def test_a_name_that_nobody_knows_is_not_a_closed_port():
    with pytest.raises(CashdroUnreachable) as raised:
        CashdroClient("http://cashdro.invalid", "till", PASSWORD, timeout=5).test()
    assert (raised.value.reason, raised.value.sent) == ("host", False)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "cashdro",
        "ftp://cashdro",
        "https://",
        "https://user:secret@cashdro",
        "https://cashdro/path",
        "https://cashdro?x=1",
        "https://cashdro:0",
        "https://cashdro:99999",
        "https://cash dro",
    ],
)
def test_an_address_that_is_none(address):
    with pytest.raises(ValueError, match="like https://host:port"):
        CashdroClient(address, "till", PASSWORD)


def test_no_secret_in_what_is_raised_or_shown(client, machine, caplog):
    echo = f"no {PASSWORD} here, nor p%26ss%20w%C3%B6rd, nor p%26ss+w%C3%B6rd"
    caplog.set_level("DEBUG")
    answers = [
        no(-77, echo),
        {"code": -77, "data": echo},
        no(-1, echo),
        b"<html>" + echo.encode(),
        lambda handler: handler.connection.close(),
        lambda handler: send(handler, echo.encode(), status=500),
        drip_body,
    ]
    for answer in answers:
        machine.answers["startOperation"] = answer
        with pytest.raises(CashdroError) as raised:
            client.start_operation(OperationType.SALE, 100, terminal="t")
        shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value) + caplog.text
        for secret in (PASSWORD, "p%26ss", "password="):
            assert secret not in shown.replace("PASSWORD", "")
    assert PASSWORD not in repr(client)
