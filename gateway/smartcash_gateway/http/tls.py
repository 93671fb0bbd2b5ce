"""HTTPS: the configured certificate, or one that is generated beside the journal."""

from __future__ import annotations

import datetime
import logging
import socket
import ssl
from pathlib import Path

from ..config import Config
from ..errors import ConfigError
from ..names import normal_host

_logger = logging.getLogger(__name__)


def server_context(config: Config) -> ssl.SSLContext | None:
    """The TLS context of the server, None for plain HTTP."""
    if not config.uses_tls:
        return None
    if not config.tls_cert:
        ensure_certificate(config)
    return load_context(*certificate_paths(config))


def load_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """The TLS context of these files; raises ConfigError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # Without a word about passwords OpenSSL would ask for one, and wait.
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"The certificate {certificate} with key {key} cannot be used: {error}. Check "
            "`tls_cert` and `tls_key`; both must be PEM files that belong together."
        ) from error
    return context


def _no_password() -> str:
    raise ValueError("the key has a password, which nobody is there to type")


def days_left(certificate: Path) -> int | None:
    """Until it ends, negative afterwards; None: it cannot be read. The first of the file counts."""
    from cryptography import x509

    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError):
        return None
    return (loaded.not_valid_after_utc - datetime.datetime.now(datetime.timezone.utc)).days


def certificate_paths(config: Config) -> tuple[Path, Path]:
    """Where the certificate and its key are: the configured ones, else beside the journal."""
    if config.tls_cert:
        return Path(config.tls_cert), Path(config.tls_key)
    folder = _folder(config)
    return folder / "gateway-cert.pem", folder / "gateway-key.pem"


def _folder(config: Config) -> Path:
    return Path(config.journal).resolve().parent


def ensure_certificate(config: Config) -> None:
    """A certificate for this till; made once, renewed with the same key by the same authority."""
    from .authority import Store  # cryptography takes its time to load

    try:
        Store(_folder(config)).ensure(wanted_names(config), own_names())
    except OSError as error:
        raise ConfigError(
            f"The certificate beside {config.journal} cannot be made or read: {error}. Check the "
            "folder's rights and free space, or set `tls_cert` and `tls_key`."
        ) from error


def wanted_names(config: Config) -> list[str]:
    """The names and addresses that somebody entered: without one of them a till is refused."""
    host, _ = config.listen_address
    names = ["localhost", "127.0.0.1", "::1", *config.hosts]
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not listened on
        names.append(host)
    return list(dict.fromkeys(normal_host(name) for name in names))


def own_names() -> list[str]:
    """What this computer calls itself, if it can be in a certificate."""
    name = socket.gethostname()
    try:
        return [normal_host(name)]
    except ValueError:
        _logger.warning("this computer's name %r cannot be in a certificate", name)
        return []
