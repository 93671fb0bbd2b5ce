"""The encryption against ciphertexts that openssl made, not this code."""

import json
import subprocess

import pytest
from hesabe_client import HesabeProtocolError, decrypt, encrypt
from hesabe_protocol.crypto import is_hex
from hypothesis import given
from hypothesis import strategies as st

KEY, IV = "PkW64zMe5NVdrlPVNnjo2Jy9nOb7v1Xg", "5NVdrlPVNnjo2Jy9"  # published for the sandbox


def openssl(text: bytes, *options: str) -> bytes:
    keys = ["-K", KEY.encode().hex(), "-iv", IV.encode().hex()]
    command = ["openssl", "enc", "-aes-256-cbc", *keys, *options]
    return subprocess.run(command, input=text, capture_output=True, check=True).stdout


def padded(text: bytes, block: int) -> bytes:
    pad = block - len(text) % block
    return text + bytes([pad]) * pad


# openssl enc -aes-256-cbc -nopad, over texts that were padded by hand
REQUEST = "0e7898bd7464d0c402fe8a949d9cbf9b826ccb9b83b56fa003373275f1947a65"
ANSWER_16 = (
    "60a8f6241932227b840a9f5e36987f4d4e1cf6c8a8832cd60fe79c270706268b"
    "e80504862f4dc191cd61b8f97b70d5c98ebae0bfdb723dc0ad23099945729c29"
    "105defce7fa16e2c84418d99ec10da48"
)
ANSWER_32 = (
    "60a8f6241932227b840a9f5e36987f4d4e1cf6c8a8832cd60fe79c270706268b"
    "e80504862f4dc191cd61b8f97b70d5c98ebae0bfdb723dc0ad23099945729c29"
    "bd1cb9cb6ccb636b8b6ccca237b6a6cac4e39113d1ba9f3715ac4e720fdce219"
)
ANSWER_PAD_32 = (
    "60a8f6241932227b840a9f5e36987f4d1ad4858df1c8c8b1287bd0fab4ab91fa"
    "57373bb5cdac3aa21301a6c46e8aff932fff51c8234904512c96773f86cc3463"
)


def test_a_request_is_padded_to_32_as_all_clients_do() -> None:
    assert encrypt({"merchantCode": "842217"}, KEY, IV) == REQUEST


@pytest.mark.parametrize("length", range(64))
def test_requests_of_any_length_are_padded_to_32(length) -> None:
    text = openssl(bytes.fromhex(encrypt({"a": "b" * length}, KEY, IV)), "-d", "-nopad")
    assert text == padded(b'{"a":"' + b"b" * length + b'"}', 32)


def test_a_sample_that_is_padded_to_16_is_read() -> None:
    assert decrypt(openssl(padded(b'{"merchantCode":"842217"}', 16), "-nopad").hex(), KEY, IV)


@pytest.mark.parametrize("text", [ANSWER_16, ANSWER_32, ANSWER_32.upper()])
def test_answers_padded_to_16_and_to_32_are_read(text) -> None:
    assert decrypt(text, KEY, IV) == {
        "status": True,
        "message": "تم الدفع",
        "response": {"id": 267},
    }


def test_a_whole_block_of_padding_is_read() -> None:
    assert decrypt(ANSWER_PAD_32, KEY, IV) == {"status": True, "n": "1234567890"}


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=5))
def test_what_is_encrypted_is_decrypted(payload) -> None:
    assert decrypt(encrypt(payload, KEY, IV), KEY, IV) == payload


@pytest.mark.parametrize("name", ["فاطمة", "محمد عبد الله", "é", "𝕏", '"\\\n'])
def test_openssl_reads_what_we_write_in_any_script(name) -> None:
    text = openssl(bytes.fromhex(encrypt({"customer_name": name}, KEY, IV)), "-d", "-nopad")
    assert json.loads(text[: -text[-1]]) == {"customer_name": name}


@pytest.mark.parametrize("pad", range(1, 33))
def test_each_padding_up_to_32_is_read(pad) -> None:
    text = b'{"a":"' + b"b" * (64 - pad - 8) + b'"}'
    sealed = openssl(text + bytes([pad]) * pad, "-nopad").hex()
    assert decrypt(sealed, KEY, IV)["a"].strip("b") == ""


@pytest.mark.parametrize("tail", [b"\x00" * 16, b"\x21" * 33, b"\x02\x01\x02", b"\x40" * 64])
def test_wrong_padding_is_an_error(tail) -> None:
    text = b'{"status":true}'
    text = text + b" " * (-(len(text) + len(tail)) % 16) + tail
    with pytest.raises(HesabeProtocolError, match="Check the secret key"):
        decrypt(openssl(text, "-nopad").hex(), KEY, IV)


@pytest.mark.parametrize("content", [b"[1]", b"7", b"null", b"{", b"\xff\xfe", b"", b"[" * 5000])
def test_what_is_no_object_is_an_error(content) -> None:
    with pytest.raises(HesabeProtocolError):
        decrypt(openssl(padded(content, 32), "-nopad").hex(), KEY, IV)


@pytest.mark.parametrize("text", ["", "zz" * 16, "00", "0" * 33, "<html>", "0" * 31 + "\n"])
def test_what_is_no_ciphertext_is_an_error(text) -> None:
    assert not is_hex(text)
    with pytest.raises(HesabeProtocolError):
        decrypt(text, KEY, IV)


def test_another_key_is_an_error() -> None:
    with pytest.raises(HesabeProtocolError, match="Check the secret key"):
        decrypt(ANSWER_32, "x" * 32, IV)
