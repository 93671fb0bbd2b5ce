"""The certificate that a gateway makes for itself: tills trust it, and nobody gains anything by its keys."""

from __future__ import annotations

import datetime
import json
import socket
import ssl
import stat
import threading
from types import SimpleNamespace

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support import GatewayProcess

from smartcash_gateway.config import Config, load
from smartcash_gateway.errors import ConfigError
from smartcash_gateway.http import authority
from smartcash_gateway.http.authority import Store
from smartcash_gateway.http.tls import load_context, own_names, server_context, wanted_names
from smartcash_gateway.names import normal_host

LATER = datetime.timedelta(days=authority.VALID_DAYS - 10)


def config(folder, **values) -> Config:
    return Config(**{"journal": str(folder / "journal.db"), "tls": True, **values})


def make(folder, **values) -> Store:
    server_context(config(folder, **values))
    return Store(folder)


def shakes_hands(certificate, key, trusted, name: str) -> bool:
    """Whether a client that trusts `trusted` takes the certificate for `name`; OpenSSL's word."""
    ours, theirs = socket.socketpair()
    server = load_context(certificate, key)
    client = ssl.create_default_context(cafile=str(trusted))

    def serve():
        try:
            server.wrap_socket(theirs, server_side=True).close()
        except (OSError, ssl.SSLError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        client.wrap_socket(ours, server_hostname=name).close()
    except ssl.SSLCertVerificationError:
        ours.close()
        return False
    finally:
        thread.join()
    return True


def read(path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def trusts(store: Store, name: str) -> bool:
    return shakes_hands(store.certificate, store.key, store.authority, name)


def test_a_till_that_trusts_the_authority_takes_the_gateway(tmp_path):
    store = make(tmp_path, hosts=("till1.shop.lan", "192.168.1.20"))
    for name in ("localhost", "127.0.0.1", "::1", "till1.shop.lan", "192.168.1.20"):
        assert trusts(store, name), name
    assert not trusts(store, "bank.example.com")
    assert not extension(read(store.certificate), x509.BasicConstraints).value.ca
    for path in (store.key, store.authority_key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["bank.example.com", "8.8.8.8", "2001:db8::1", "evil-localhost"])
def test_the_authority_s_key_makes_nobody_a_bank(tmp_path, name):
    """What a thief of the key would sign: the authority's own constraints refuse it."""
    store = make(tmp_path)
    stolen = authority._read(store.authority, store.authority_key)
    key = ec.generate_private_key(ec.SECP256R1())
    forged = tmp_path / "forged.pem"
    forged.write_bytes(
        authority._pem(authority._sign([name], key, stolen)) + store.authority.read_bytes()
    )
    authority._write_key(tmp_path / "forged.key", key)
    assert not shakes_hands(forged, tmp_path / "forged.key", store.authority, name)
    constraints = extension(read(store.authority), x509.NameConstraints)
    assert constraints.critical
    basic = extension(read(store.authority), x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)


def at(monkeypatch, delta: datetime.timedelta) -> None:
    """As if that much time had passed."""

    class Later(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.datetime.now(tz) + delta

    module = SimpleNamespace(
        datetime=Later, timedelta=datetime.timedelta, timezone=datetime.timezone
    )
    monkeypatch.setattr(authority, "datetime", module)


def test_a_renewal_keeps_the_key_and_the_trust(tmp_path, monkeypatch):
    store = make(tmp_path)
    before, key = store.certificate.read_bytes(), store.key.read_bytes()
    trusted = store.authority.read_bytes()
    make(tmp_path)
    assert store.certificate.read_bytes() == before, "nothing is due"
    at(monkeypatch, LATER)
    make(tmp_path)
    assert store.certificate.read_bytes() != before
    assert (store.key.read_bytes(), store.authority.read_bytes()) == (key, trusted)
    left = read(store.certificate).not_valid_after_utc - datetime.datetime.now(
        datetime.timezone.utc
    )
    assert left > LATER + datetime.timedelta(days=authority.RENEW_DAYS)


def test_an_authority_whose_key_was_taken_away_signs_once(tmp_path, monkeypatch):
    store = make(tmp_path)
    trusted = store.authority.read_bytes()
    store.authority_key.unlink()
    make(tmp_path)
    assert (store.authority.read_bytes(), store.authority_key.exists()) == (trusted, False)
    at(monkeypatch, LATER)
    make(tmp_path)
    assert store.authority.read_bytes() != trusted
    monkeypatch.undo()


def test_a_new_name_is_in_the_next_certificate(tmp_path):
    store = make(tmp_path)
    make(tmp_path, hosts=("till9.shop.lan",))
    assert trusts(store, "till9.shop.lan")
    assert trusts(store, "localhost")


def test_another_name_of_the_computer_is_no_reason_to_lose_the_trust(tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "till-a")
    store = make(tmp_path)
    assert trusts(store, "till-a")
    before = store.certificate.read_bytes()
    monkeypatch.setattr(socket, "gethostname", lambda: "till-b")
    make(tmp_path)
    assert store.certificate.read_bytes() == before


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ("Kasse-Süd", ["xn--kasse-sd-d6a"]),
        ("KASSE_1", ["kasse_1"]),
        ("till1.local.", ["till1.local"]),
        ("", []),
        ("*.shop.lan", []),
        ("two words", []),
        ("a" * 64, []),
    ],
)
def test_odd_names_of_a_computer(tmp_path, monkeypatch, own, found):
    monkeypatch.setattr(socket, "gethostname", lambda: own)
    assert own_names() == found
    store = make(tmp_path)
    assert trusts(store, "127.0.0.1")
    for name in found:
        assert trusts(store, name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("TILL1.Shop.LAN.", "till1.shop.lan"),
        ("straße.example", "xn--strae-oqa.example"),
        ("[::1]", "::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::FFFF:1", "::ffff:1"),
        ("192.168.1.20", "192.168.1.20"),
    ],
)
def test_a_name_has_one_spelling(text, name):
    assert normal_host(text) == name


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        ".",
        "*.shop.lan",
        "till1:8787",
        "https://till1",
        "a..b",
        "-a",
        "a b",
        "ü*",
        "x" * 254,
    ],
)
def test_what_no_computer_is_called_is_refused_in_the_configuration(tmp_path, host):
    path = tmp_path / "gateway.toml"
    path.write_text(f"hosts = [{json.dumps(host)}]")
    with pytest.raises(ConfigError, match="must be a name or an address"):
        load(path, {})


def test_hosts_with_umlauts_and_dots_are_in_the_certificate(tmp_path):
    store = make(tmp_path, hosts=("Kasse-Süd.shop.lan.", "[fe80::2]"))
    assert trusts(store, "xn--kasse-sd-d6a.shop.lan")
    assert trusts(store, "fe80::2")
    assert wanted_names(config(tmp_path, listen="[::1]:8787"))[:3] == [
        "localhost",
        "127.0.0.1",
        "::1",
    ]


def old_style(store: Store, days: int) -> None:
    """As the gateway made it before: its own authority, for everything."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "smartcash-gateway")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName("localhost"), *map(authority._name, ("127.0.0.1", "::1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    authority._write_key(store.key, key)
    store.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def test_what_an_earlier_gateway_made_is_kept_with_a_warning_and_never_renewed(tmp_path, caplog):
    store = Store(tmp_path)
    old_style(store, 300)
    before, key = store.certificate.read_bytes(), store.key.read_bytes()
    make(tmp_path)
    assert store.certificate.read_bytes() == before
    assert "may name any web page" in caplog.text
    old_style(store, 10)
    make(tmp_path)
    assert not extension(read(store.certificate), x509.BasicConstraints).value.ca
    assert store.key.read_bytes() != key
    assert trusts(store, "localhost")


@pytest.mark.parametrize("name", ["certificate", "key", "authority", "authority_key"])
@pytest.mark.parametrize("content", [b"", b"garbage", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_spoilt_file_is_made_anew(tmp_path, name, content):
    store = make(tmp_path)
    getattr(store, name).write_bytes(content)
    if name.startswith("authority"):
        store.certificate.unlink()
    make(tmp_path)
    assert trusts(store, "localhost")


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made or read"):
        make(tmp_path / "file")


def test_the_running_gateway_shows_it(tmp_path, machine):
    gateway = GatewayProcess(tmp_path, machine.connector, TLS="true", HOSTS="till1.shop.lan")
    gateway.start()
    try:
        url, authority = gateway.url + "/v1/health", str(tmp_path / "gateway-ca.pem")
        assert requests.get(url, verify=authority, timeout=10).json()["status"] == "ok"
        by_name = {"Host": "till1.shop.lan."}
        assert requests.get(url, headers=by_name, verify=authority, timeout=10).ok
    finally:
        gateway.stop()
