"""One GET to the machine: bounded in time and size, never redirected, never logged.

The credentials are in the query of every call (the machine wants them there), so no error here
carries the target. ``http.client`` instead of a larger library because a limit on the *whole* call,
for a machine that drips, needs the socket.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time

from .errors import CashdroProtocolError, CashdroUnreachable
from .tls import Tls, why_no_connection

MAX_BYTES = 4 * 1024 * 1024


class _Alarm:
    """Cuts a connection off at its deadline, however it waits: for headers, a handshake, a byte."""

    def __init__(self, connection: socket.socket, seconds: float):
        self.rang = False
        self._connection = connection
        self._timer = threading.Timer(max(seconds, 0.001), self._ring)
        self._timer.daemon = True

    def __enter__(self) -> _Alarm:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        try:
            # Not SSLSocket's own, which is not made for a second thread.
            socket.socket.shutdown(self._connection, socket.SHUT_RDWR)
        except OSError:
            self.rang = True  # the other side was quicker


class _Connection(http.client.HTTPConnection):
    """Speaks over a socket that is connected already."""

    def __init__(self, host: str, port: int, connected: socket.socket):
        super().__init__(host, port)
        self.sock = connected


def get(
    host: str,
    port: int,
    target: str,
    *,
    tls: Tls | None,
    timeout: float,
    connect_timeout: float | None = None,
    limit: int = MAX_BYTES,
) -> tuple[int, bytes]:
    """:param target: path and query
    :param tls: None for plain http
    :param timeout: seconds from the connection to the last byte
    :param connect_timeout: seconds for the connection; None: as many
    :returns: HTTP status and body
    :raise CashdroUnreachable: no complete answer in time, or a certificate that is not the machine's
    :raise CashdroProtocolError: not HTTP, or an answer without end
    """
    try:
        plain = socket.create_connection((host, port), connect_timeout or timeout)
    except (OSError, UnicodeError) as error:
        raise CashdroUnreachable(
            "The machine cannot be reached at its address.", reason=why_no_connection(error)
        ) from error
    plain.settimeout(timeout)
    deadline = time.monotonic() + timeout
    secure = (
        tls.context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        if tls
        else None
    )
    connected = secure or plain
    alarm = _Alarm(connected, deadline - time.monotonic())
    sent = False
    try:
        with alarm:
            if tls and secure:
                _prove(secure, tls)
            sent = True
            status, body = _ask(_Connection(host, port, connected), target, limit)
        if alarm.rang:  # an answer without a length looks complete when it is cut off
            raise TimeoutError
        return status, body
    except ssl.SSLCertVerificationError as error:
        raise CashdroUnreachable(
            "The certificate at this address is not the one that is trusted: nothing was sent.",
            reason="certificate",
        ) from error
    except (OSError, http.client.HTTPException) as error:
        if alarm.rang or isinstance(error, TimeoutError):
            raise CashdroUnreachable(
                "The machine did not answer in time.", reason="time", sent=sent
            ) from error
        if isinstance(error, ssl.SSLError) and not sent:
            raise CashdroUnreachable(
                "The machine does not speak https at this port, or its https is too old.",
                reason="https",
            ) from error
        if isinstance(error, (OSError, http.client.IncompleteRead, http.client.RemoteDisconnected)):
            raise CashdroUnreachable(
                "The connection to the machine broke off.", reason="broken", sent=sent
            ) from error
        raise CashdroProtocolError("The answer is not HTTP.") from error
    finally:
        connected.close()


def _prove(connected: ssl.SSLSocket, tls: Tls) -> None:
    connected.do_handshake()
    if not tls.matches(connected.getpeercert(binary_form=True)):
        raise ssl.SSLCertVerificationError("not the pinned certificate")


def _ask(connection: _Connection, target: str, limit: int) -> tuple[int, bytes]:
    # A machine that serves one connection at a time must not wait for ours to be used again.
    connection.request("GET", target, headers={"Accept": "application/json", "Connection": "close"})
    with connection.getresponse() as answer:
        body = answer.read(limit + 1)
        if len(body) > limit:
            raise CashdroProtocolError("The answer is larger than any answer of the machine.")
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
        return answer.status, body
