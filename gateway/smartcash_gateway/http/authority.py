"""The certificate that a gateway makes for itself.

Tills are told to trust an authority, and whoever has the key of an authority can be any bank. So this
one may name this till only: *name constraints* in its certificate say so to every browser. It lasts
longer than the certificate that it signs, which is renewed with the same key: a till that trusts the
authority need not be asked again. Its key may be taken away; then the next renewal makes a new one.
"""

from __future__ import annotations

import datetime
import ipaddress
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

_logger = logging.getLogger(__name__)

VALID_DAYS = 825  # the longest that all browsers accept for a certificate trusted by hand
AUTHORITY_DAYS = 3650
RENEW_DAYS = 30
ORGANISATION = "SmartCash gateway"


@dataclass(frozen=True)
class _Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | None  # None: taken away

    @property
    def signing_key(self) -> ec.EllipticCurvePrivateKey:
        if self.key is None:
            raise OSError("the key of the authority is not here")
        return self.key


class Store:
    """The files: what tills trust, what the server shows, and both keys."""

    def __init__(self, folder: Path) -> None:
        self.authority = folder / "gateway-ca.pem"
        self.authority_key = folder / "gateway-ca-key.pem"
        self.certificate = folder / "gateway-cert.pem"
        self.key = folder / "gateway-key.pem"

    def ensure(self, wanted: list[str], own: list[str]) -> None:
        """A certificate for the `wanted` names; also for this computer's `own`, when it is made."""
        shown = _read(self.certificate, self.key)
        if shown and _lasts(shown.certificate) and _is_old_style(shown.certificate):
            _logger.warning(
                "the certificate %s is an authority that may name any web page: delete it, start "
                "the gateway again, and let the tills trust %s instead",
                self.certificate,
                self.authority,
            )
            return
        covered = set(wanted) <= set(_names(shown.certificate)) if shown else False
        if shown and shown.key and covered and _lasts(shown.certificate):
            return
        self.authority.parent.mkdir(parents=True, exist_ok=True)
        key = (shown and not _is_old_style(shown.certificate) and shown.key) or _new_key()
        names = list(dict.fromkeys([*wanted, *own]))
        authority = _read(self.authority, self.authority_key)
        if not (authority and _can_sign(authority, wanted)):
            authority = _new_authority(names)
            self._write_authority(authority)
            _logger.warning(
                "made the authority %s: let the till's browser trust it", self.authority
            )
        allowed = _constraints(authority.certificate)
        leaf = _sign([name for name in names if name in allowed], key, authority)
        _write_key(self.key, key)
        _write(self.certificate, _pem(leaf) + _pem(authority.certificate), 0o644)
        _logger.warning("made the certificate %s", self.certificate)

    def _write_authority(self, authority: _Pair) -> None:
        _write_key(self.authority_key, authority.signing_key)
        _write(self.authority, _pem(authority.certificate), 0o644)


# -- reading ---------------------------------------------------------------------------------


def _read(certificate: Path, key: Path) -> _Pair | None:
    """The certificate and its key, if it is there and belongs to it; None: no usable certificate."""
    if not certificate.exists():
        return None
    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    except ValueError:
        _logger.warning("%s is no certificate and is made anew", certificate)
        return None
    return _Pair(loaded, _read_key(key, loaded))


def _read_key(path: Path, certificate: x509.Certificate) -> ec.EllipticCurvePrivateKey | None:
    if not path.exists():
        return None
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        _logger.warning("%s is no key and is made anew", path)
        return None
    is_its = key.public_key() == certificate.public_key()
    return key if is_its and isinstance(key, ec.EllipticCurvePrivateKey) else None


def _lasts(certificate: x509.Certificate, days: int = RENEW_DAYS) -> bool:
    limit = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return certificate.not_valid_after_utc > limit


def _is_old_style(certificate: x509.Certificate) -> bool:
    """What the gateway made before: its own authority, without constraints."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in found.value]


def _constraints(authority: x509.Certificate) -> list[str]:
    try:
        found = authority.extensions.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound:
        return []
    names = [name.value for name in found.value.permitted_subtrees or ()]
    return [str(getattr(name, "network_address", name)) for name in names]


def _can_sign(authority: _Pair, names: list[str]) -> bool:
    return (
        authority.key is not None
        and _lasts(authority.certificate)
        and set(names) <= set(_constraints(authority.certificate))
    )


# -- making ------------------------------------------------------------------------------------


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, ORGANISATION),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, name),
        ]
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    uses = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement"
        " key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{use: allowed.get(use, False) for use in uses.split()})


def _new_authority(names: list[str]) -> _Pair:
    key = _new_key()
    # The serial in its name tells two authorities of one till apart in a browser's list.
    subject = _subject(f"SmartCash gateway {x509.random_serial_number() % 10**6:06}")
    permitted = [_constraint(name) for name in names]
    certificate = (
        _builder(subject, subject, key, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True), critical=True)
        .add_extension(
            x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    return _Pair(certificate, key)


def _sign(names: list[str], key: ec.EllipticCurvePrivateKey, authority: _Pair) -> x509.Certificate:
    issuer = authority.certificate
    left = issuer.not_valid_after_utc - datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        _builder(_subject("smartcash-gateway"), issuer.subject, key, min(VALID_DAYS, left.days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.signing_key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName([_name(n) for n in names]), critical=False)
        .sign(authority.signing_key, hashes.SHA256())
    )
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError) as error:
        raise OSError(f"the authority's files do not belong together ({error})") from error
    return certificate


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _constraint(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(path, pem, 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    """All of it or nothing: a power cut leaves the file that was there."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
