"""The promise of the whole project, checked from outside: every cent the machine kept is in the books."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.machine import Machine
from tests.odoo_rpc import OdooRpc
from tests.waiting import until

#: Evidence of operations that a person did instead of the machine.
BY_HAND = "manual"
AMOUNTS = ("amount", "amount_in", "amount_out", "undispensed")


@dataclass(frozen=True)
class Balance:
    """Three views of what the machine kept since a moment; minor units."""

    machine: int
    ledger: int
    payments: int

    @property
    def agrees(self) -> bool:
        return self.machine == self.ledger == self.payments


class Books:
    """Compares machine, ledger and POS payments since it was made."""

    def __init__(self, odoo: OdooRpc, machine: Machine, decimals: int = 2) -> None:
        self._odoo = odoo
        self._machine = machine
        self._scale = 10**decimals
        self._operations_before = self._newest("smartcash.operation")
        self._payments_before = self._newest("pos.payment")
        self._total_before = machine.physical_total()

    def _newest(self, model: str) -> int:
        found = self._odoo.call(model, "search", [], order="id desc", limit=1)
        return found[0] if found else 0

    def operations(self) -> list[dict]:
        """The ledger's rows since then, oldest first; amounts in minor units."""
        rows = self._odoo.search_read(
            "smartcash.operation",
            [("id", ">", self._operations_before)],
            [*AMOUNTS, "uuid", "kind", "state", "evidence", "match_state"],
            order="id",
        )
        return [row | {name: self._minor(row[name]) for name in AMOUNTS} for row in rows]

    def payments(self) -> list[dict]:
        """The POS payments through the machine since then, oldest first; amounts in minor units."""
        rows = self._odoo.search_read(
            "pos.payment",
            [
                ("id", ">", self._payments_before),
                ("payment_method_id.smartcash_device_id", "!=", False),
            ],
            ["amount", "smartcash_uuid", "pos_order_id"],
            order="id",
        )
        return [row | {"amount": self._minor(row["amount"])} for row in rows]

    def _minor(self, amount: float) -> int:
        return round(amount * self._scale)

    def machine_moved(self) -> int:
        """What the machine kept; asks nobody else."""
        return self._machine.physical_total() - self._total_before

    def balance(self) -> Balance:
        """What each of the three says now."""
        return Balance(
            machine=self.machine_moved(),
            ledger=sum(
                row["amount_in"] - row["amount_out"]
                for row in self.operations()
                if row["evidence"] != BY_HAND
            ),
            payments=sum(row["amount"] for row in self.payments()),
        )

    def questions(self) -> list[dict]:
        """Operations that ask somebody for a decision."""
        return [row for row in self.operations() if row["match_state"] == "open"]

    def wait_questions(self, count: int, timeout: float = 60.0) -> list[dict]:
        def asked() -> list[dict]:
            questions = self.questions()
            return questions if len(questions) == count else []

        return until(f"{count} open questions", asked, timeout, pause=0.5)

    def wait_balance(self, is_right: Callable[[Balance], bool], timeout: float = 20.0) -> Balance:
        """Wait for a balance that is meant to differ between the three; return it."""

        def right() -> Balance | None:
            balance = self.balance()
            return balance if is_right(balance) else None

        return until("the expected balance", right, timeout, pause=0.5)

    def settle(self, timeout: float = 20.0) -> Balance:
        """Wait until the three agree (reports may still be on their way) and every operation has ended.

        Raises AssertionError with the numbers when they never do.
        """

        def settled() -> Balance | None:
            balance = self.balance()
            open_rows = [row for row in self.operations() if row["state"] in ("draft", "running")]
            return balance if balance.agrees and not open_rows else None

        try:
            return until("machine, ledger and payments to agree", settled, timeout, pause=0.5)
        except AssertionError as late:
            raise AssertionError(
                f"{self.balance()} after {timeout:g} s; operations: {self.operations()}; "
                f"payments: {self.payments()}"
            ) from late
