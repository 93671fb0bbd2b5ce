"""A merchant that knows Hesabe's wire and nothing of our client: openssl does the encryption."""

import json
import subprocess

import requests

CODE = "842217"
ACCESS = "c333729b-d060-4b74-a49d-7686a8353481"
KEY = "PkW64zMe5NVdrlPVNnjo2Jy9nOb7v1Xg"
IV = "5NVdrlPVNnjo2Jy9"
TERMINAL = "29708454"
TIMEOUT = 10


def openssl(text: bytes, *options: str) -> bytes:
    command = ["openssl", "enc", "-aes-256-cbc", "-K", KEY.encode().hex(), "-iv", IV.encode().hex()]
    return subprocess.run([*command, *options], input=text, capture_output=True, check=True).stdout


def seal(payload: dict) -> str:
    """PKCS7 to 16 bytes, as in the documentation's samples of requests."""
    return openssl(json.dumps(payload).encode()).hex()


def unseal(text: str) -> tuple[dict, int]:
    """What is inside, and by how many bytes it was padded."""
    padded = openssl(bytes.fromhex(text), "-d", "-nopad")
    return json.loads(padded[: -padded[-1]]), padded[-1]


class Merchant:
    def __init__(self, api: str) -> None:
        self.api = api
        self.bearer = ""
        self.refresh_token = ""

    def login(self, password: str = "sandbox") -> requests.Response:  # noqa: S107 - the simulator's own
        body = {"username": "sandbox@example.com", "password": password}
        return self._take(self.plain("/api/v1/login", body))

    def refresh(self) -> requests.Response:
        return self._take(self.plain("/api/v1/token-refresh", {"refreshToken": self.refresh_token}))

    def plain(self, path: str, body: dict) -> requests.Response:
        return requests.post(self.api + path, json=body, timeout=TIMEOUT)

    def _take(self, answer: requests.Response) -> requests.Response:
        if answer.ok:
            token = answer.json()["response"]["token"]
            self.bearer, self.refresh_token = token["access_token"], token["refresh_token"]
        return answer

    def send(
        self, method: str, path: str, *, query: dict | None = None, code: str = CODE, **payload
    ) -> requests.Response:
        sealed = {"data": seal({"merchantCode": code, **payload})}
        is_get = method == "GET"
        return requests.request(
            method,
            self.api + path,
            params={**(query or {}), **(sealed if is_get else {})},
            json=None if is_get else sealed,
            headers={"Authorization": f"Bearer {self.bearer}", "accessCode": ACCESS},
            timeout=TIMEOUT,
            allow_redirects=False,
        )

    def ask(self, method: str, path: str, **options) -> dict:
        """The decrypted envelope of an answer in the shape of a bare hex text."""
        return unseal(self.send(method, path, **options).text)[0]

    def create(self, amount: object = "1.500", **values) -> dict:
        return self.ask(
            "POST", "/api/v1/merchant/smartpos-transaction", **self.wish(amount, **values)
        )

    def wish(self, amount: object = "1.500", **values) -> dict:
        return {
            "customer_name": "فاطمة",
            "amount": amount,
            "terminal_id": TERMINAL,
            "invoice_number": "INV-1",
            **values,
        }

    def detail(self, number: int) -> dict:
        return self.ask("GET", f"/api/v1/merchant/smartpos-invoices/{number}")["response"]
