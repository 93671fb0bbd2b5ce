"""A web server that answers what a test tells it to, on a free port of 127.0.0.1."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NEW, OLD = "/Cashdro3WS/index3.php", "/Cashdro3WS/index.php"


def ok(operation: Any = None) -> dict[str, Any]:
    """As index3.php says it."""
    response: dict[str, Any] = {"errorMessage": "none"}
    if operation is not None:
        response["operation"] = operation
    return {"code": 1, "response": response}


def no(code: int, text: str = "") -> dict[str, Any]:
    return {"code": code, "response": {"errorMessage": text}}


class FakeMachine:
    """``answers`` maps the name of a call to what is sent back: JSON, bytes, or a function of the
    request's handler. ``calls`` are the requests that came: path and parameters."""

    def __init__(self, certificate: Path | None = None):
        self.answers: dict[str, Any] = {}
        self.calls: list[tuple[str, dict[str, str]]] = []
        self.entry_points = [NEW, OLD]
        self.held = threading.Event()
        machine = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                machine._serve(self)

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.scheme = "https"

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> FakeMachine:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.held.set()
        self._server.shutdown()
        self._server.server_close()

    def named(self, operation: str) -> list[dict[str, str]]:
        """The parameters of each call of this name."""
        return [query for _path, query in self.calls if query["operation"] == operation]

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {key: values[0] for key, values in parse_qs(parts.query, True).items()}
        self.calls.append((parts.path, query))
        if parts.path not in self.entry_points:
            send(handler, b"<html>404 Not Found</html>", status=404)
            return
        answer = self.answers.get(query["operation"], ok())
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Callable):
            answer(handler)
        elif isinstance(answer, bytes):
            send(handler, answer)
        else:
            send(handler, json.dumps(answer).encode())


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Access-Control-Allow-Origin", "*")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def self_signed(path: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
