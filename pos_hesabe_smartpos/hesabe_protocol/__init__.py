"""Hesabe Smart POS in pure Python: requests and cryptography, nothing of Odoo."""

from .client import HesabeClient
from .crypto import decrypt, encrypt
from .errors import (
    HesabeAuthError,
    HesabeError,
    HesabeProtocolError,
    HesabeRateLimited,
    HesabeRefused,
    HesabeUnreachable,
)
from .mapping import Mapping, read_mapping
from .models import Card, Enquiry, Invoice, Page, Profile, Refund, Search, Terminal
from .tokens import MemoryStore, Tokens, TokenStore

__all__ = [
    "Card",
    "Enquiry",
    "HesabeAuthError",
    "HesabeClient",
    "HesabeError",
    "HesabeProtocolError",
    "HesabeRateLimited",
    "HesabeRefused",
    "HesabeUnreachable",
    "Invoice",
    "Mapping",
    "MemoryStore",
    "Page",
    "Profile",
    "Refund",
    "Search",
    "Terminal",
    "TokenStore",
    "Tokens",
    "decrypt",
    "encrypt",
    "read_mapping",
]
