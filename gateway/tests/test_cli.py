"""The command line and the configuration: errors say what to do."""

from __future__ import annotations

import json
import os
import ssl
import stat
import subprocess
import sys
import urllib.request

import pytest
from support import DEVICE, KEY, ORIGIN, GatewayProcess, connected, new_uuid

from smartcash_gateway.cli import main
from smartcash_gateway.config import load
from smartcash_gateway.errors import ConfigError
from smartcash_gateway.messages import money


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
    assert (config.tls, config.poll_interval) == (True, 0.1)
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
    assert "cannot be opened" in capsys.readouterr().err


def test_https_with_a_generated_certificate(tmp_path, machine):
    gateway = GatewayProcess(tmp_path, machine.connector, TLS="true")
    for _ in range(2):
        gateway.start()
        assert gateway.url.startswith("https://")
        certificate = (tmp_path / "gateway-cert.pem").read_bytes()
        context = ssl.create_default_context(cadata=certificate.decode())
        with urllib.request.urlopen(  # noqa: S310 - our own gateway, https only
            gateway.url + "/v1/health", context=context
        ) as answer:
            assert json.load(answer)["status"] == "ok"
        gateway.stop()
    # The browser that trusts it must not be asked again after each start.
    assert (tmp_path / "gateway-cert.pem").read_bytes() == certificate
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
