"""How a machine proves that it is the one: by a CA, or by the fingerprint of its own certificate."""

from __future__ import annotations

import hashlib
import hmac
import re
import socket
import ssl

from .errors import CashdroUnreachable


def read_fingerprint(text: str) -> str:
    """``"AB:CD:…"`` or ``"abcd…"`` → 64 hexadecimal digits.

    :raise ValueError: not a SHA-256 fingerprint
    """
    digits = re.sub(r"[\s:]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueError("A SHA-256 fingerprint has 64 hexadecimal digits.")
    return digits


class Tls:
    """Whose certificate is trusted."""

    def __init__(
        self,
        verify: bool | str = True,
        fingerprint: str | None = None,
        ca_data: str | None = None,
    ):
        """:param verify: True for the system's CAs, False for none, or the path of a file with CAs
        :param fingerprint: SHA-256; with it nothing else is asked of the certificate
        :param ca_data: the CAs as PEM text
        :raise ValueError: the fingerprint or the CAs cannot be read
        """
        self._fingerprint = read_fingerprint(fingerprint) if fingerprint else None
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self._fingerprint or (verify is False and not ca_data):
            self.context.check_hostname = False
            self.context.verify_mode = ssl.CERT_NONE
            return
        # What a shop signs itself is for whatever address the machine has there.
        self.context.check_hostname = verify is True and not ca_data
        try:
            if ca_data:
                self.context.load_verify_locations(cadata=ca_data)
            elif isinstance(verify, str):
                self.context.load_verify_locations(cafile=verify)
            else:
                self.context.load_default_certs()
        except (OSError, ssl.SSLError) as error:
            raise ValueError("The CA certificates cannot be read: PEM is expected.") from error

    def matches(self, certificate: bytes | None) -> bool:
        """:param certificate: DER; None: the machine has shown none"""
        if not self._fingerprint:
            return True
        if certificate is None:
            return False
        return hmac.compare_digest(hashlib.sha256(certificate).hexdigest(), self._fingerprint)


def why_no_connection(error: OSError | UnicodeError) -> str:
    """:returns: the ``reason`` of a :class:`CashdroUnreachable`"""
    if isinstance(error, (socket.gaierror, UnicodeError)):
        return "host"
    return "port" if isinstance(error, ConnectionRefusedError) else "address"


def fetch_fingerprint(host: str, port: int, timeout: float = 5.0) -> str:
    """The SHA-256 of the certificate that answers there now, unverified, as ``AB:CD:…``."""
    context = Tls(verify=False).context
    try:
        with (
            socket.create_connection((host, port), timeout) as raw,
            context.wrap_socket(raw, server_hostname=host) as secure,
        ):
            certificate = secure.getpeercert(binary_form=True)
    except (OSError, UnicodeError) as error:
        raise CashdroUnreachable(
            "Nobody shows a certificate at this address.", reason=why_no_connection(error)
        ) from error
    if certificate is None:
        raise CashdroUnreachable("Nobody shows a certificate at this address.", reason="address")
    digits = hashlib.sha256(certificate).hexdigest().upper()
    return ":".join(digits[at : at + 2] for at in range(0, 64, 2))
