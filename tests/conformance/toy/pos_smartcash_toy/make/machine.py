"""The toy machine: it takes and gives any piece at once, over HTTP. Amounts: minor units."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MONEY_IN = ("sale", "cash_in")
PIECES = (1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)
FLOAT = 50_000


class ToyMachine(ThreadingHTTPServer):
    """Its operations are kept by our uuid, also without power."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._lock = threading.Lock()
        self.powered = True
        self.reset()

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def reset(self) -> None:
        with self._lock:
            self.operations: dict[str, dict[str, Any]] = {}
            self.total = FLOAT

    @property
    def running(self) -> dict[str, Any] | None:
        return next((op for op in self.operations.values() if op["state"] == "accepting"), None)

    def insert(self, value: int) -> None:
        """A customer puts a piece in; one that the machine does not want falls out again."""
        with self._lock:
            running = self.running if self.powered else None
            if running:
                running["in"] += value
                self.total += value
                if running["in"] >= running["amount"]:
                    self._end(running, running["in"] - running["amount"])

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Return status and answer of a request."""
        with self._lock:
            if path == "/inventory":
                return 200, {"pieces": self._pieces()}
            _root, _operations, uuid, *verb = path.split("/")
            if method == "PUT":
                return self._begin(uuid, body)
            operation = self.operations.get(uuid)
            if operation is None:
                return 404, None
            if verb and operation["state"] == "accepting":
                self._end(operation, operation["in"] if verb == ["cancel"] else 0)
                operation["state"] = "done" if operation["in"] > operation["out"] else "cancelled"
            return 200, operation

    def _begin(self, uuid: str, wish: dict[str, Any]) -> tuple[int, Any]:
        if uuid not in self.operations:
            if self.running:
                return 409, None
            self.operations[uuid] = {**wish, "in": 0, "out": 0, "state": "accepting"}
            if wish["kind"] not in MONEY_IN:
                self._end(self.operations[uuid], wish["amount"])
        return 200, self.operations[uuid]

    def _end(self, operation: dict[str, Any], gives: int) -> None:
        operation["out"] += gives
        self.total -= gives
        operation["state"] = "done"

    def _pieces(self) -> list[tuple[int, int]]:
        rest, pieces = self.total, []
        for value in PIECES:
            count, rest = divmod(rest, value)
            pieces.append((value, count))
        return pieces


class _Handler(BaseHTTPRequestHandler):
    server: ToyMachine

    def _answer(self) -> None:
        if not self.server.powered:
            self.close_connection = True
            return
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = self.server.answer(self.command, self.path, json.loads(text or "null"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_GET = do_PUT = do_POST = _answer  # noqa: N815 - so http.server calls them

    def log_message(self, *_words: object) -> None:
        """Nothing is written down."""
