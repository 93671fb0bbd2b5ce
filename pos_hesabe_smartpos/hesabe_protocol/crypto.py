"""AES-256-CBC as Hesabe uses it.

The IV is fixed and nothing authenticates the text: that it decrypts proves neither that it is
whole nor that it is fresh. What matters is compared with what was asked for.
"""

from __future__ import annotations

import json
import re
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .errors import HesabeProtocolError

AES_BLOCK = 16
#: What all clients pad requests to, whatever the samples of the documentation show. Answers come padded
#: to 16 or 32.
PAD_BLOCK = 32
HEX = re.compile(r"[0-9a-fA-F]+")


def encrypt(payload: dict, key: str, iv: str) -> str:
    """``payload`` as compact JSON, padded by bytes to 32, in lowercase hex.

    :param key: 32 characters, :param iv: 16 characters, both used as they are
    """
    text = json.dumps(payload, separators=(",", ":")).encode("ascii")
    pad = PAD_BLOCK - len(text) % PAD_BLOCK
    encryptor = _cipher(key, iv).encryptor()
    return (encryptor.update(text + bytes([pad]) * pad) + encryptor.finalize()).hex()


def decrypt(text: str, key: str, iv: str) -> dict:
    """The JSON object in ``text``.

    :raise HesabeProtocolError: anything else
    """
    return _read_object(_unpad(_decrypt_blocks(text, key, iv)))


def is_hex(text: Any) -> bool:
    """Whether ``text`` can be a ciphertext."""
    return isinstance(text, str) and len(text) % (2 * AES_BLOCK) == 0 and bool(HEX.fullmatch(text))


def _cipher(key: str, iv: str) -> Cipher:
    return Cipher(algorithms.AES(key.encode()), modes.CBC(iv.encode()))


def _decrypt_blocks(text: str, key: str, iv: str) -> bytes:
    if not is_hex(text):
        raise HesabeProtocolError("Hesabe's answer is not a ciphertext")
    decryptor = _cipher(key, iv).decryptor()
    return decryptor.update(bytes.fromhex(text)) + decryptor.finalize()


def _unpad(padded: bytes) -> bytes:
    pad = padded[-1]
    if not 1 <= pad <= min(PAD_BLOCK, len(padded)) or padded[-pad:] != bytes([pad]) * pad:
        raise HesabeProtocolError(
            "Hesabe's answer cannot be decrypted. Check the secret key and the IV key."
        )
    return padded[:-pad]


def _read_object(text: bytes) -> dict:
    try:
        payload = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HesabeProtocolError(
            "Hesabe's answer decrypts to something else than JSON. Check the secret key and the IV key."
        ) from error
    if not isinstance(payload, dict):
        raise HesabeProtocolError("Hesabe's answer is no JSON object")
    return payload
