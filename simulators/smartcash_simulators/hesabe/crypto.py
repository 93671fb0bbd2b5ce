"""How Hesabe wraps its messages: AES-256-CBC with a fixed IV, lowercase hex, no MAC."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

AES_BLOCK = 16
ANSWER_BLOCK = 32  # what the server pads to: published answers carry pad bytes above 16


class UnreadableError(ValueError):
    """Not hex, not in blocks, wrongly padded, or no JSON object inside."""


def encrypt_text(text: bytes, key: str, iv: str, *, block: int = ANSWER_BLOCK) -> str:
    pad = block - len(text) % block
    return encrypt_raw(text + bytes([pad]) * pad, key, iv)


def encrypt_raw(padded: bytes, key: str, iv: str) -> str:
    """Without padding of its own: `padded` is a multiple of 16 bytes."""
    encryptor = Cipher(algorithms.AES(key.encode()), modes.CBC(iv.encode())).encryptor()
    return (encryptor.update(padded) + encryptor.finalize()).hex()


def encrypt(payload: object, key: str, iv: str) -> str:
    return encrypt_text(json.dumps(payload, separators=(",", ":")).encode(), key, iv)


def check_blocks(text: str, block: int) -> None:
    """UnreadableError when the padded text is not in blocks of that size."""
    if len(text) % (2 * block):
        raise UnreadableError(f"not in blocks of {block} bytes")


def decrypt(text: str, key: str, iv: str) -> dict:
    """The object inside; requests padded to 16 and to 32 are both taken."""
    try:
        raw = bytes.fromhex(text)
    except (ValueError, TypeError) as error:
        raise UnreadableError("not hexadecimal") from error
    if not raw or len(raw) % AES_BLOCK:
        raise UnreadableError("not in whole blocks")
    decryptor = Cipher(algorithms.AES(key.encode()), modes.CBC(iv.encode())).decryptor()
    padded = decryptor.update(raw) + decryptor.finalize()
    pad = padded[-1]
    if not 1 <= pad <= min(ANSWER_BLOCK, len(padded)) or padded[-pad:] != bytes([pad]) * pad:
        raise UnreadableError("wrong padding")
    try:
        payload = json.loads(padded[:-pad])
    except ValueError as error:
        raise UnreadableError("no JSON inside") from error
    if not isinstance(payload, dict):
        raise UnreadableError("no object inside")
    return payload
