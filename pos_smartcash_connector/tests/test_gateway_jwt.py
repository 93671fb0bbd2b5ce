import jwt
from odoo.tests import BaseCase, tagged

from ..gateway_jwt import InvalidSignature, issue_token, read_signature

KEY = "5f" * 32
RESULT = {
    "op": "0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d",
    "device": "d",
    "kind": "sale",
    "state": "done",
    "amount": 990,
    "amount_in": 2000,
    "amount_out": 1010,
    "undispensed": 0,
    "iat": 1,
}


@tagged("post_install", "-at_install")
class TestGatewayJwt(BaseCase):
    def test_a_token_says_who_may_do_what_where_and_until_when(self):
        issued = issue_token(
            KEY, issuer="db", user_id=7, device="d", scope=("status", "sale"), seconds=60
        )
        claims = jwt.decode(
            issued["token"], KEY, algorithms=["HS256"], audience="smartcash-gateway"
        )
        self.assertEqual(claims["exp"], issued["expiresAt"])
        self.assertEqual(claims["exp"] - claims["iat"], 60)
        self.assertEqual(
            (claims["iss"], claims["sub"], claims["device"], claims["scope"]),
            ("db", "7", "d", ["status", "sale"]),
        )
        other = issue_token(KEY, issuer="db", user_id=7, device="d", scope=("status",), seconds=60)
        self.assertNotEqual(
            claims["jti"],
            jwt.decode(other["token"], KEY, algorithms=["HS256"], audience="smartcash-gateway")[
                "jti"
            ],
        )

    def test_a_result_signed_with_the_key_is_read(self):
        self.assertEqual(read_signature(KEY, jwt.encode(RESULT, KEY, algorithm="HS256")), RESULT)

    def test_a_result_of_a_till_whose_clock_is_ahead_is_read(self):
        signed = jwt.encode({**RESULT, "iat": 10**11}, KEY, algorithm="HS256")
        self.assertEqual(read_signature(KEY, signed)["amount_in"], 2000)

    def test_anything_else_is_no_signature(self):
        for name, text in [
            ("another key", jwt.encode(RESULT, "a0" * 32, algorithm="HS256")),
            ("no algorithm", jwt.encode(RESULT, None, algorithm="none")),
            ("another algorithm", jwt.encode(RESULT, KEY, algorithm="HS512")),
            (
                "a token",
                issue_token(KEY, issuer="db", user_id=7, device="d", scope=(), seconds=9)["token"],
            ),
            (
                "a claim is missing",
                jwt.encode({k: RESULT[k] for k in RESULT if k != "amount_in"}, KEY),
            ),
            ("no JWT", "done"),
            ("nothing", ""),
        ]:
            with self.subTest(name), self.assertRaises(InvalidSignature):
                read_signature(KEY, text)
