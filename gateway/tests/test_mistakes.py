"""What a technician gets wrong: `check` names each of it, as the README says, and never says "Ready"
where the next sale fails."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import namedtuple
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support import DEVICE, KEY, ORIGIN, GatewayProcess

import smartcash_gateway.cli.check as check_module
from smartcash_gateway.cli.main import main
from smartcash_gateway.config import write_file
from smartcash_gateway.errors import DeviceBusy
from smartcash_gateway.operations.journal import Journal

README = (Path(__file__).parent.parent / "README.md").read_text()
READY = "Ready for sales."


class Till:
    """A till where everything is right, until a test spoils something."""

    def __init__(self, folder: Path, connector: str) -> None:
        self.folder = folder
        self.path = folder / "gateway.toml"
        self.values = {
            "listen": f"127.0.0.1:{free_port()}",
            "connector": connector,
            "device": DEVICE,
            "pairing_key": KEY,
            "origins": [ORIGIN],
            "journal": str(folder / "journal.db"),
        }
        self.write()

    def write(self, **changes: object) -> None:
        self.values.update(changes)
        values = {name: value for name, value in self.values.items() if value is not None}
        write_file(self.path, values)

    def gateway(self) -> GatewayProcess:
        """One that runs with the file as it is now."""
        names = ("listen", "device", "pairing_key", "origins", "journal", "hosts", "tls")
        settings = {}
        for name in names:
            value = self.values.get(name)
            if value is not None:
                settings[name.upper()] = ",".join(value) if isinstance(value, list) else str(value)
        return GatewayProcess(self.folder, self.values["connector"], **settings)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def till(tmp_path, machine):
    return Till(tmp_path, machine.connector)


@pytest.fixture
def said(till, capsys):
    """What `check` says, in a README that promises exactly that."""

    def run(*promised: str, ready: bool = False) -> str:
        status = main(["check", "--config", str(till.path)])
        captured = capsys.readouterr()
        text = captured.out + captured.err
        assert (READY in text) is ready, text
        assert (status == 0) is ready
        for words in promised:
            assert words in text, text
            assert words in README, f"the README does not promise {words!r}"
        return text

    return run


def test_nothing_is_wrong(till, said):
    text = said(ready=True)
    assert "warn" not in text
    assert "FAIL" not in text


# -- the configuration -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "promised"),
    [
        ({"pairing_key": None}, "Not paired: make a pairing key in Odoo"),
        ({"pairing_key": KEY[:20]}, "`pairing_key` must have at least 32 characters"),
        ({"device": None}, "`device` is missing"),
        ({"origins": []}, "No web page may use it"),
        ({"origins": ["https://shop.example.com/web"]}, "must look like"),
        ({"origins": ["https://Shop.example.com"]}, "must look like"),
        ({"origins": ["https://shop.example.com:443"]}, "must look like"),
        ({"origins": ["https://*.example.com"]}, "must look like"),
        ({"colour": "red"}, "Unknown configuration key"),
        ({"poll_ms": "10"}, "must be a whole number"),
        ({"connector": "127.0.0.1"}, "`connector` must look like"),
        ({"listen": "127.0.0.1:0"}, "`listen` has port 0"),
        ({"tls_cert": "cert.pem"}, "Set both"),
        ({"hosts": ["*.shop.lan"]}, "must be a name or an address"),
        ({"hosts": ["till1:8787"]}, "must be a name or an address"),
        ({"connector": "127.0.0.1:1"}, "No CashlogyConnector at"),
        ({"listen": "192.0.2.1:8787"}, "Cannot listen on"),
    ],
)
def test_what_is_wrong_in_the_file(till, said, changes, promised):
    till.write(**changes)
    said(promised)


def test_what_is_no_configuration(till, said):
    till.path.write_text("listen = [")
    said("is not valid TOML")
    till.path.write_text('device = "x"', encoding="utf-16")
    said("is not UTF-8")
    till.path.unlink()
    said("There is no configuration")


def test_a_mark_at_the_beginning_is_read_over(till, said):
    till.path.write_bytes(b"\xef\xbb\xbf" + till.path.read_bytes())
    said(ready=True)


# -- certificates ----------------------------------------------------------------------------


def certificate(folder: Path, days: int, *, password: bytes | None = None) -> dict[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "till1")])
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, hours=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(end - datetime.timedelta(days=400))
        .not_valid_after(end)
        .sign(key, hashes.SHA256())
    )
    how = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    (folder / "own.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path = folder / "own.key"
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)
    )
    key_path.chmod(0o600)
    return {"tls_cert": str(folder / "own.pem"), "tls_key": str(key_path)}


def test_certificates_of_one_s_own(till, said, tmp_path):
    till.write(**certificate(tmp_path, 100))
    said(ready=True)
    (tmp_path / "own.key").chmod(0o644)
    said("Other users of this computer can read", ready=True)
    till.write(**certificate(tmp_path, 10))
    said("ends in", ready=True)
    till.write(**certificate(tmp_path, -2))
    assert "ended 2 days ago" in said("ended", "days ago")
    till.write(**certificate(tmp_path, 100, password=b"secret"))
    said("The certificate", "cannot be used")
    other = tmp_path / "other"
    other.mkdir()
    till.write(tls_key=certificate(other, 100)["tls_key"])
    said("cannot be used")
    till.write(tls_key=str(tmp_path / "none.key"))
    said("cannot be used")


def test_the_check_makes_no_certificate(till, said, tmp_path):
    till.write(tls=True)
    said(ready=True)
    assert not list(tmp_path.glob("gateway-*"))


# -- the journal -------------------------------------------------------------------------------


def test_a_journal_that_cannot_be_used(till, said, tmp_path, monkeypatch):
    with sqlite3.connect(till.values["journal"]) as db:
        db.execute("PRAGMA user_version=7")
    said("has version")
    till.write(journal=str(tmp_path))
    said("The journal", "cannot be written")
    till.write(journal="journal.db")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "journal.db").unlink()
    said("give `journal` a full path", ready=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_journal_in_somebody_else_s_folder(till):
    """As an unprivileged user: root could write anywhere."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - the test's own
        closed = Path(folder) / "closed"
        closed.mkdir(mode=0o755)
        till.path = Path(folder) / "gateway.toml"
        till.write(journal=str(closed / "journal.db"))
        till.path.chmod(0o644)
        code = (
            "import encodings.idna, encodings.utf_8_sig, os, sys, smartcash_gateway.cli.check; from smartcash_gateway.cli.main import main;"
            "os.chdir('/'); os.setgid(65534); os.setuid(65534); sys.exit(main(sys.argv[1:]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "check", "--config", str(till.path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "cannot be written" in done.stdout
    assert READY not in done.stdout


def test_a_check_as_administrator(till, said, monkeypatch):
    Journal(Path(till.values["journal"])).close()
    monkeypatch.setattr(check_module.os, "geteuid", lambda: 12345)
    said("belongs to user", ready=True)


def test_a_disk_that_is_nearly_full(till, said, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9, 5 * 10**6))
    assert "Only 5 MB are free" in said("Only", "MB are free", ready=True)


# -- who else is there -------------------------------------------------------------------------


def test_another_gateway_on_the_same_journal(till, said):
    other = till.gateway()
    other.start()
    try:
        till.write(listen=f"127.0.0.1:{free_port()}")
        said("Another gateway uses the journal")
    finally:
        other.stop()


def test_the_gateway_of_another_device(till, said, tmp_path):
    other = till.gateway()
    other.start()
    try:
        till.write(device="device-2", journal=str(tmp_path / "mine.db"))
        said("Another gateway (device")
    finally:
        other.stop()


ANSWERS = {
    "silent": b"",
    "web": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "strange": b'HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{"device_state": 1}\x1b[',
    "noise": b"\xff" * 5000,
}


class Stranger:
    """Another program on a port."""

    def __init__(self, answer: bytes) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._answer = answer
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            client.settimeout(1)
            try:
                client.recv(1000)
                client.sendall(self._answer)
            except OSError:
                client.close()
            client.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def stranger():
    opened = []

    def make(answer: bytes) -> Stranger:
        opened.append(Stranger(answer))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_another_program_on_its_port(till, said, stranger, answer):
    till.write(listen=stranger(answer).address)
    text = said()
    assert "Cannot listen on" in text or "Another gateway (device" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_something_else_than_a_connector(till, said, stranger, answer):
    till.write(connector=stranger(answer).address)
    text = said()
    assert "No CashlogyConnector at" in text or "CashlogyConnector does not answer properly" in text


# -- the network -------------------------------------------------------------------------------


def test_the_whole_network(till, said):
    till.write(listen=f"0.0.0.0:{free_port()}")
    till.path.chmod(0o644)
    said("The whole network reaches", "Other users of this computer can read", ready=True)


# -- the machine -------------------------------------------------------------------------------


def test_a_machine_that_does_not_sell(till, said, machine):
    machine.fault(error_code=1130)
    said("CashlogyConnector answers, the machine does not sell")
    machine.clear_faults()
    machine.power(False)
    said("CashlogyConnector does not answer properly")
    machine.power(True)


def test_a_machine_that_another_program_uses(till, said, monkeypatch):
    async def busy(_machine):
        raise DeviceBusy("busy")

    monkeypatch.setattr(check_module.Machine, "active_errors", busy)
    said("the machine is busy with an operation that no gateway here started")


def test_a_disk_that_filled_up_while_it_ran(till, said, monkeypatch):
    health = {"device_state": "error", "device": DEVICE, "paired": True, "journal_writable": False}
    monkeypatch.setattr(check_module, "_running_gateway", lambda _config: health)
    monkeypatch.setattr(check_module, "_as_configured", lambda _config, _health: iter(()))
    said("The gateway cannot write its journal")


@pytest.mark.parametrize(
    ("state", "promised"),
    [("error", "The machine reports an error"), ("offline", "does not reach the machine")],
)
def test_what_a_running_gateway_says_of_its_machine(till, said, monkeypatch, state, promised):
    health = {"device_state": state, "device": DEVICE, "paired": True, "journal_writable": True}
    monkeypatch.setattr(check_module, "_running_gateway", lambda _config: health)
    monkeypatch.setattr(check_module, "_as_configured", lambda _config, _health: iter(()))
    said(promised)


# -- what runs, and what is in the file ----------------------------------------------------------


@pytest.fixture
def running(till):
    gateway = till.gateway()
    yield gateway
    if gateway.running:
        gateway.stop()


def wait_online(gateway, state: str = "online") -> None:
    with requests.Session() as session:
        session.trust_env = False  # one of the tests sets a proxy
        for _attempt in range(200):
            health = session.get(gateway.url + "/v1/health", timeout=10).json()
            if health["device_state"] == state:
                return
            time.sleep(0.05)
    raise AssertionError(f"not {state}")


def test_paired_after_it_was_started(till, said):
    till.write(pairing_key="")
    gateway = till.gateway()
    gateway.start()
    try:
        wait_online(gateway)
        till.write(pairing_key=KEY)
        said("It was started before it was paired: restart it")
    finally:
        gateway.stop()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"pairing_key": "n" * 64}, "pairing key"),
        ({"origins": ["https://new.example.com"]}, "`origins` (https://new.example.com)"),
        ({"hosts": ["till9.shop.lan"]}, "`hosts` (till9.shop.lan)"),
    ],
)
def test_changed_and_not_restarted(till, said, running, changes, what):
    till.write(hosts=["till1.shop.lan", "[fe80::2]"])
    running = till.gateway()
    running.start()
    try:
        wait_online(running)
        said(ready=True)
        till.write(**changes)
        assert f"another {what}" in said("The gateway was started with another")
    finally:
        running.stop()


def test_another_version_runs(till, said, running, monkeypatch):
    running.start()
    wait_online(running)
    monkeypatch.setattr(check_module, "__version__", "99.0")
    said("of the gateway runs", ready=True)


def test_a_machine_that_went_away_while_the_gateway_runs(till, said, running, machine):
    running.start()
    wait_online(running)
    machine.fault(unplugged=True)
    wait_online(running, "offline")
    said("The gateway does not reach the machine")
    machine.clear_faults()


def test_a_proxy_of_the_environment_is_not_asked(till, said, running, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    running.start()
    wait_online(running)
    said(ready=True)
