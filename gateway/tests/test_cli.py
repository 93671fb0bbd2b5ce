"""The command line and the configuration: errors say what to do."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import sqlite3
import ssl
import stat
import subprocess
import sys
import urllib.request

import pytest
from support import DEVICE, KEY, ORIGIN, GatewayProcess, body, connected, new_uuid, until

from smartcash_gateway.cashlogy.messages import money
from smartcash_gateway.cli.main import main
from smartcash_gateway.config import Config, load
from smartcash_gateway.errors import ConfigError
from smartcash_gateway.models import OperationRequest
from smartcash_gateway.operations.controller import Controller
from smartcash_gateway.operations.journal import Journal


@pytest.fixture
def paired(tmp_path):
    """A configuration as `pair` leaves it."""
    path = tmp_path / "gateway.toml"
    arguments = ["pair", "--config", str(path), "--device", DEVICE, "--key", KEY]
    assert main([*arguments, "--origin", ORIGIN + "/"]) == 0
    with path.open("a") as file:
        file.write(f'journal = "{tmp_path / "journal.db"}"\n')
    return path


def test_pairing_writes_what_only_the_owner_reads(paired):
    config = load(paired, {})
    assert (config.device, config.pairing_key, config.origins) == (DEVICE, KEY, (ORIGIN,))
    assert stat.S_IMODE(paired.stat().st_mode) == 0o600
    assert KEY not in repr(config)


def test_pairing_again_keeps_the_other_settings(paired):
    new_key = "n" * 64
    assert main(["pair", "--config", str(paired), "--key", new_key]) == 0
    config = load(paired, {})
    assert (config.pairing_key, config.device) == (new_key, DEVICE)
    assert config.journal.endswith("journal.db")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--key", "short", "--device", "d", "--origin", ORIGIN], "at least 32"),
        (["--key", KEY, "--device", "d", "--origin", "shop.example.com"], "must look like https"),
        (["--key", KEY, "--device", "d", "--origin", "https://a.b/c"], "must look like https"),
    ],
)
def test_a_wrong_pairing_writes_nothing(tmp_path, capsys, arguments, said):
    path = tmp_path / "gateway.toml"
    assert main(["pair", "--config", str(path), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("listen = 8787", "text in quotes"),
        ('listen = "8787"', "must look like"),
        ('connector = "host:port"', "must look like"),
        ('origins = "https://shop"', "list of texts"),
        ('mode = "automatic"', "headless"),
        ('poll_ms = "50"', "whole number"),
        ("poll_ms = 1", "between"),
        ("health_ms = 100", "between"),
        ('pairing_key = "short"', "at least 32"),
        (f'pairing_key = "{KEY}"', "`device` is missing"),
        ('colour = "red"', "Unknown configuration key 'colour'"),
        ("listen = [", "not valid TOML"),
        ('tls_cert = "a.pem"', "both"),
        ('currency = "euro"', "three-letter"),
    ],
)
def test_a_wrong_configuration_says_what_to_change(tmp_path, text, said):
    path = tmp_path / "gateway.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said.replace("(", r"\(")):
        load(path, {})


def test_the_environment_overrides_the_file(paired):
    environment = {
        "SMARTCASH_GATEWAY_LISTEN": "[::1]:9000",
        "SMARTCASH_GATEWAY_ORIGINS": "https://a.example, https://b.example:8443",
        "SMARTCASH_GATEWAY_TLS": "yes",
        "SMARTCASH_GATEWAY_POLL_MS": "100",
    }
    config = load(paired, environment)
    assert config.listen_address == ("::1", 9000)
    assert config.origins == ("https://a.example", "https://b.example:8443")
    assert (config.tls, config.timing.poll) == (True, 0.1)
    for name, value in (("TLS", "maybe"), ("POLL_MS", "fast")):
        with pytest.raises(ConfigError, match=name):
            load(paired, {f"SMARTCASH_GATEWAY_{name}": value})


def test_check_tells_a_missing_connector_from_a_ready_one(paired, machine, capsys, monkeypatch):
    monkeypatch.setenv("SMARTCASH_GATEWAY_LISTEN", "127.0.0.1:1")
    monkeypatch.setenv("SMARTCASH_GATEWAY_CONNECTOR", "127.0.0.1:1")
    assert main(["check", "--config", str(paired)]) == 1
    assert "FAIL  No CashlogyConnector at 127.0.0.1:1" in capsys.readouterr().out
    monkeypatch.setenv("SMARTCASH_GATEWAY_CONNECTOR", machine.connector)
    assert main(["check", "--config", str(paired)]) == 0
    assert "Ready for sales." in capsys.readouterr().out


def test_check_names_what_is_not_set(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMARTCASH_GATEWAY_CONNECTOR", "127.0.0.1:1")
    monkeypatch.setenv("SMARTCASH_GATEWAY_LISTEN", "127.0.0.1:1")
    assert main(["check"]) == 1
    said = capsys.readouterr().out
    assert "FAIL  Not paired" in said
    assert "FAIL  No web page may use it" in said


async def test_the_journal_can_be_read_while_the_gateway_runs(
    tmp_path, machine, capsys, monkeypatch
):
    gateway = GatewayProcess(tmp_path, machine.connector)
    gateway.start()
    try:
        async with connected(gateway) as client:
            op = new_uuid()
            await client.start(op, 1230, "refund", reference="Order 7")
            await client.until_ended(op)
        monkeypatch.setenv("SMARTCASH_GATEWAY_JOURNAL", str(gateway.journal))
        assert main(["journal", "--state", "done"]) == 0
        table = capsys.readouterr().out
        assert "12.30 EUR" in table
        assert "Order 7" in table
        assert main(["journal", "--json"]) == 0
        row = json.loads(capsys.readouterr().out)
        assert (row["uuid"], row["amount_out"]) == (op, 1230)
        assert [step["phase"] for step in row["steps"]] == ["registered", "dispensing", "ended"]
        assert main(["journal", "--since", "2999-01-01T00:00:00Z"]) == 0
        assert "No operations" in capsys.readouterr().out
    finally:
        gateway.stop()


def test_a_second_gateway_does_not_start(tmp_path, machine):
    first = GatewayProcess(tmp_path, machine.connector)
    first.start()
    try:
        environment = {
            **os.environ,
            "SMARTCASH_GATEWAY_LISTEN": first.url.removeprefix("http://"),
            "SMARTCASH_GATEWAY_JOURNAL": str(tmp_path / "other.db"),
        }
        second = subprocess.run(
            [sys.executable, "-m", "smartcash_gateway", "run"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert second.returncode == 2
        assert "Perhaps another gateway runs already" in second.stderr
    finally:
        first.stop()


def test_a_journal_that_cannot_be_written_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SMARTCASH_GATEWAY_JOURNAL", str(tmp_path))
    monkeypatch.setenv("SMARTCASH_GATEWAY_LISTEN", "127.0.0.1:0")
    monkeypatch.chdir(tmp_path)
    assert main(["run"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def _run_beside(first, folder, **settings):
    """A second `run` with settings of its own; it must end by itself."""
    values = {"LISTEN": "127.0.0.1:0", "DEVICE": DEVICE, "PAIRING_KEY": KEY, **settings}
    environment = {f"SMARTCASH_GATEWAY_{name}": value for name, value in values.items()}
    return subprocess.run(
        [sys.executable, "-m", "smartcash_gateway", "run"],
        env={**os.environ, "SMARTCASH_GATEWAY_JOURNAL": str(first.journal), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "[::1]:0"])
def test_two_gateways_never_share_a_journal(tmp_path, machine, listen):
    """On another port the second one recovered, and so ended, the sale of the first."""
    first = GatewayProcess(tmp_path, machine.connector)
    first.start()
    try:
        second = _run_beside(first, tmp_path, LISTEN=listen, CONNECTOR=machine.connector)
        assert second.returncode == 2
        assert "Another gateway uses the journal" in second.stderr
    finally:
        first.stop()


async def test_a_full_disk_is_said_before_a_customer_stands_there(tmp_path, machine, monkeypatch):
    """Passed start, health and `check` ("Ready for sales"), and each sale was refused."""
    journal = Journal(tmp_path / "journal.db")
    controller = Controller(Config(device=DEVICE, connector=machine.connector), journal)
    task = asyncio.ensure_future(controller.run())
    try:
        await until(lambda: controller.device.reachable)

        def full():
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(journal, "probe", full)
        monkeypatch.setattr(journal, "register", lambda request, on_screen: full())
        request = OperationRequest.from_json(new_uuid(), body(100), "EUR")
        with pytest.raises(sqlite3.Error):
            await controller.start(request)
        device = controller.device_json()
        assert device["state"] == "error"
        assert "disk is full" in device["errors"][-1]["text"]
        monkeypatch.undo()
        await until(lambda: controller.device_json()["state"] == "online")
        await controller.start(request)
    finally:
        await controller.close(task)
        journal.close()


def test_a_full_disk_ends_the_start_with_words(tmp_path, machine):
    limit = 8 * 1024  # less than the first tables need

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    environment = {
        "SMARTCASH_GATEWAY_LISTEN": "127.0.0.1:0",
        "SMARTCASH_GATEWAY_CONNECTOR": machine.connector,
        "SMARTCASH_GATEWAY_JOURNAL": str(tmp_path / "journal.db"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "smartcash_gateway", "run"],
        env={**os.environ, **environment},
        cwd=tmp_path,
        preexec_fn=small_files,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def _checked(capsys, *, ready):
    """What `check` says of the environment's configuration."""
    assert (main(["check"]) == 0) is ready
    said = capsys.readouterr().out
    assert ("Ready for sales." in said) is ready
    return said


@pytest.fixture
def checkable(paired, machine, tmp_path, monkeypatch):
    """A folder where everything is right, but no gateway runs; values to spoil it with."""
    monkeypatch.chdir(tmp_path)
    values = {"LISTEN": "127.0.0.1:1", "CONNECTOR": machine.connector}
    for name, value in {**values, "JOURNAL": str(tmp_path / "journal.db")}.items():
        monkeypatch.setenv(f"SMARTCASH_GATEWAY_{name}", value)
    return lambda name, value: monkeypatch.setenv(f"SMARTCASH_GATEWAY_{name}", value)


def test_check_leaves_nothing_behind(checkable, tmp_path, capsys):
    """A journal made by an administrator's check was one that the service could not write."""
    _checked(capsys, ready=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gateway.toml"]
    Journal(tmp_path / "journal.db").close()
    (tmp_path / "journal.db.lock").unlink(missing_ok=True)
    _checked(capsys, ready=True)
    assert not (tmp_path / "journal.db.lock").exists()


def test_check_sees_another_program_on_its_port(checkable, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        checkable("LISTEN", f"127.0.0.1:{other.getsockname()[1]}")
        assert "FAIL  Cannot listen on" in _checked(capsys, ready=False)


def test_check_sees_the_gateway_of_another_device(checkable, tmp_path, machine, capsys):
    folder = tmp_path / "other"
    folder.mkdir()
    other = GatewayProcess(folder, machine.connector, DEVICE="device-2")
    other.start()
    try:
        checkable("LISTEN", other.url.removeprefix("http://"))
        assert "FAIL  Another gateway (device device-2)" in _checked(capsys, ready=False)
    finally:
        other.stop()


def test_check_sees_a_missing_certificate(checkable, tmp_path, capsys):
    checkable("TLS_CERT", str(tmp_path / "none.pem"))
    checkable("TLS_KEY", str(tmp_path / "none.key"))
    assert "FAIL  The certificate" in _checked(capsys, ready=False)


def test_check_is_not_ready_while_a_door_is_open(checkable, machine, capsys):
    machine.fault(error_code=1130)
    assert "The coin door is open" in _checked(capsys, ready=False)


def test_check_warns_of_an_open_network_and_of_a_key_that_others_read(checkable, tmp_path, capsys):
    checkable("LISTEN", "0.0.0.0:1")
    (tmp_path / "gateway.toml").chmod(0o644)
    said = _checked(capsys, ready=True)
    assert "warn  The whole network reaches 0.0.0.0:1 without encryption" in said
    assert "warn  Other users of this computer can read" in said


@pytest.mark.parametrize(
    "origin", ["https://shop.example.com:443", "http://till:80", "https://*.example.com"]
)
def test_an_origin_that_no_browser_sends_is_refused(checkable, origin):
    checkable("ORIGINS", origin)
    assert main(["check"]) == 2


def test_the_journal_is_for_its_owner_only(tmp_path):
    Journal(tmp_path / "journal.db").close()
    assert stat.S_IMODE((tmp_path / "journal.db").stat().st_mode) == 0o600


def test_https_with_a_generated_certificate(tmp_path, machine):
    gateway = GatewayProcess(tmp_path, machine.connector, TLS="true")
    for _ in range(2):
        gateway.start()
        assert gateway.url.startswith("https://")
        certificate = (tmp_path / "gateway-ca.pem").read_bytes()
        context = ssl.create_default_context(cadata=certificate.decode())
        with urllib.request.urlopen(  # noqa: S310 - our own gateway, https only
            gateway.url + "/v1/health", context=context
        ) as answer:
            assert json.load(answer)["status"] == "ok"
        gateway.stop()
    # The browser that trusts it must not be asked again after each start.
    assert (tmp_path / "gateway-ca.pem").read_bytes() == certificate
    assert stat.S_IMODE((tmp_path / "gateway-key.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1010, "EUR", "10.10 EUR"),
        (5, "EUR", "0.05 EUR"),
        (1500, "KWD", "1.500 KWD"),
        (7, "JPY", "7 JPY"),
    ],
)
def test_amounts_are_written_with_their_currencys_decimals(amount, currency, text):
    assert money(amount, currency) == text
