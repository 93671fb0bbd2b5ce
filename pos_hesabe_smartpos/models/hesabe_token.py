from contextlib import contextmanager

from odoo import fields, models

from ..hesabe_client import Tokens

#: Not FOR UPDATE: whoever waited for a row would see it as it was before (Odoo's transactions read
#: from a snapshot), and fail when it has changed. The database's own lock ends with its worker.
TURN = "SELECT pg_advisory_xact_lock(hashtextextended('hesabe.token', %s))"


class HesabeToken(models.Model):
    """The tokens of an account, shared by all workers. No access right lets anybody read them."""

    _name = "hesabe.token"
    _description = "Hesabe Token"
    _log_access = False

    account_id = fields.Many2one("hesabe.account", required=True, ondelete="cascade")
    access_token = fields.Char(groups=fields.NO_ACCESS, exportable=False)
    refresh_token = fields.Char(groups=fields.NO_ACCESS, exportable=False)
    expires_at = fields.Float(groups=fields.NO_ACCESS, help="Seconds since 1970.")

    _sql_constraints = [
        ("account_unique", "UNIQUE(account_id)", "An account has one pair of tokens."),
    ]


class AccountTokens:
    """The :class:`~..hesabe_client.TokenStore` of one account: each step a transaction of its own,
    so that what one worker fetched is there for the others at once."""

    def __init__(self, registry, account_id):
        self._registry = registry
        self._account_id = account_id

    def current(self):
        with self._registry.cursor() as cr:
            cr.execute(
                "SELECT access_token, refresh_token, expires_at FROM hesabe_token WHERE account_id = %s",
                [self._account_id],
            )
            row = cr.fetchone()
        return Tokens(row[0], row[1] or "", row[2] or 0) if row and row[0] else None

    @contextmanager
    def turn(self):
        with self._registry.cursor() as cr:
            cr.execute(TURN, [self._account_id])
            yield self._write

    def _write(self, tokens):
        with self._registry.cursor() as cr:
            cr.execute(
                """
                INSERT INTO hesabe_token (account_id, access_token, refresh_token, expires_at)
                     VALUES (%s, %s, %s, %s)
                ON CONFLICT (account_id) DO UPDATE
                        SET access_token = EXCLUDED.access_token,
                            refresh_token = EXCLUDED.refresh_token,
                            expires_at = EXCLUDED.expires_at
                """,
                [
                    self._account_id,
                    tokens and tokens.access,
                    tokens and tokens.refresh,
                    tokens and tokens.expires_at,
                ],
            )
