"""Whose certificate is trusted, and that nothing is sent to anybody else."""

import hashlib
import ssl

import pytest
from cashdro_client import CashdroClient, CashdroUnreachable, fetch_fingerprint, read_fingerprint
from fake_machine import FakeMachine, self_signed


def client(machine, **trust):
    return CashdroClient(machine.url, "till", "secret", timeout=5, **trust)


def test_an_unknown_certificate_is_refused_and_nothing_is_sent(secure_machine):
    with pytest.raises(CashdroUnreachable, match="certificate"):
        client(secure_machine).test()
    assert not secure_machine.calls


def test_unverified_only_when_asked_for(secure_machine):
    client(secure_machine, verify=False).test()
    assert secure_machine.calls


def test_the_pinned_certificate_and_no_other(secure_machine, tmp_path):
    pin = fetch_fingerprint("127.0.0.1", secure_machine.port)
    client(secure_machine, fingerprint=pin).test()
    client(secure_machine, fingerprint=pin.replace(":", "").lower()).test()
    # A pin weighs more than "do not verify".
    with FakeMachine(self_signed(tmp_path / "other.pem", "cashdro.invalid")) as impostor:
        for trust in ({}, {"verify": False}):
            with pytest.raises(CashdroUnreachable, match="certificate"):
                client(impostor, fingerprint=pin, **trust).test()
        assert not impostor.calls


def test_the_shop_s_own_ca(secure_machine, certificate, tmp_path):
    pem = certificate.read_text()
    ca = pem[pem.index("-----BEGIN CERTIFICATE") :]
    path = tmp_path / "ca.pem"
    path.write_text(ca)
    client(secure_machine, verify=str(path)).test()
    client(secure_machine, ca_data=ca).test()
    other = self_signed(tmp_path / "other.pem", "cashdro.invalid").read_text()
    with pytest.raises(CashdroUnreachable, match="certificate"):
        client(secure_machine, ca_data=other[other.index("-----BEGIN CERTIFICATE") :]).test()


def test_what_cannot_be_trusted_is_said_at_once(secure_machine, tmp_path):
    for trust in (
        {"fingerprint": "AB:CD"},
        {"ca_data": "nonsense"},
        {"verify": str(tmp_path / "no")},
    ):
        with pytest.raises(ValueError, match=r"SHA-256|PEM"):
            client(secure_machine, **trust)


def test_https_against_a_plain_port(machine):
    url = machine.url.replace("http:", "https:")
    with pytest.raises(CashdroUnreachable, match="https"):
        CashdroClient(url, "till", "secret", verify=False, timeout=5).test()
    with pytest.raises(CashdroUnreachable, match="certificate"):
        fetch_fingerprint("127.0.0.1", machine.port)


def test_a_fingerprint_is_read_as_people_write_it(secure_machine):
    digits = read_fingerprint(
        " ".join(fetch_fingerprint("127.0.0.1", secure_machine.port).split(":"))
    )
    shown = ssl.get_server_certificate(("127.0.0.1", secure_machine.port))
    assert digits == hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest()
