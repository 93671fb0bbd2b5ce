"""What may go wrong between us and a machine. No text here carries an address, a user or a password."""

from __future__ import annotations


class CashdroError(Exception):
    """Base of what the client raises. ``code`` is the machine's own number, when it gave one."""

    def __init__(self, message: str, code: int | None = None):
        super().__init__(message)
        self.code = code


class CashdroAuthError(CashdroError):
    """Wrong machine user or password (-1), or a user without the permission (-4): nothing happened."""


class CashdroBusy(CashdroError):
    """The machine works on something else, or loads: nothing happened."""


class CashdroRefused(CashdroError):
    """The machine said no: nothing happened."""


class CashdroUnitError(CashdroRefused):
    """The machine's pieces are none of the currency, in the unit that is set up: nothing was asked."""

    def __init__(self, odd: list[tuple[str, int]]):
        """:param odd: kind and value, as the machine counts, of pieces that do not exist"""
        super().__init__("The machine counts in another unit than the one that is set up.")
        self.odd = odd


class CashdroUnknownOperation(CashdroRefused):
    """The machine knows no operation of this number."""


class CashdroUnreachable(CashdroError):
    """No complete answer in time: the outcome of the call is unknown, unless nothing was sent.

    ``reason``: ``host`` the name is unknown · ``port`` somebody is there, and nobody at the port ·
    ``address`` nobody there · ``certificate`` not the one that is trusted · ``https`` not
    spoken there · ``time`` too slow · ``broken`` the connection broke off.
    """

    def __init__(self, message: str, *, reason: str, sent: bool = False):
        super().__init__(message)
        self.reason = reason
        self.sent = sent


class CashdroProtocolError(CashdroError):
    """An answer that cannot be read: the outcome of the call is unknown."""
