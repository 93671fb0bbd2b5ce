"""HTTPS: the configured certificate, or one that is generated beside the journal."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import os
import socket
import ssl
from pathlib import Path

from .config import Config
from .errors import ConfigError

_logger = logging.getLogger(__name__)

VALID_DAYS = 825  # the longest that all browsers accept for a certificate trusted by hand
RENEW_DAYS = 30


def server_context(config: Config) -> ssl.SSLContext | None:
    """The TLS context of the server, None for plain HTTP."""
    if not config.uses_tls:
        return None
    certificate, key = certificate_paths(config)
    if not config.tls_cert:
        ensure_certificate(config, certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"The certificate {certificate} with key {key} cannot be used: {error}. Check "
            "`tls_cert` and `tls_key`; both must be PEM files that belong together."
        ) from error
    return context


def certificate_paths(config: Config) -> tuple[Path, Path]:
    """Where the certificate and its key are: the configured ones, else beside the journal."""
    if config.tls_cert:
        return Path(config.tls_cert), Path(config.tls_key)
    folder = Path(config.journal).resolve().parent
    return folder / "gateway-cert.pem", folder / "gateway-key.pem"


def ensure_certificate(config: Config, certificate: Path, key: Path) -> None:
    """A self-signed certificate for this till; made once, renewed before it runs out."""
    if not (certificate.exists() and key.exists() and _lasts(certificate)):
        certificate.parent.mkdir(parents=True, exist_ok=True)
        _generate(certificate, key, _names(config))
        _logger.warning("made the certificate %s: let the till's browser trust it", certificate)


def _names(config: Config) -> list[str]:
    host, _ = config.listen_address
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname(), *config.hosts]
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not listened on
        names.append(host)
    return list(dict.fromkeys(names))


def _lasts(certificate: Path) -> bool:
    from cryptography import x509

    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    except ValueError:
        return False
    limit = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=RENEW_DAYS)
    return loaded.not_valid_after_utc > limit


def _generate(certificate: Path, key: Path, names: list[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "smartcash-gateway")])
    now = datetime.datetime.now(datetime.timezone.utc)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
        )
        .add_extension(x509.SubjectAlternativeName([_name(n) for n in names]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key.unlink(missing_ok=True)
    handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))


def _name(text: str):
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
