"""The address of whoever asks, as the place where a machine may be. Nothing of Odoo in here."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address


class UnusableAddress(ValueError):
    """``code``: ``none`` · ``ipv6`` · ``local`` (loopback, link-local, multicast and the like) ·
    ``server`` (the server's own)."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def check_caller(remote: str | None) -> str:
    """The IPv4 address of a caller, when a machine may be reached there.

    The machine's user and password are sent to that address, so it must be the caller's own: taken
    from the connection or from the one trusted proxy, never from what the caller writes.

    :raise UnusableAddress: no machine can be there
    """
    try:
        address = ip_address(remote or "")
    except ValueError as error:
        raise UnusableAddress("none") from error
    if isinstance(address, IPv6Address):
        if not address.ipv4_mapped:
            # Loopback and link-local are what they are; else nothing forwards a port to it.
            raise UnusableAddress("local" if address.is_loopback else "ipv6")
        address = address.ipv4_mapped
    if (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
    ):
        raise UnusableAddress("local")
    if _is_own(address):
        raise UnusableAddress("server")
    return str(address)


def _is_own(address: IPv4Address) -> bool:
    """Whether this computer has the address: only then can a socket be bound to it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
