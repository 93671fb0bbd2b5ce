"""The simulated Cashlogy with the patience that a test needs."""

from smartcash_simulators.cashlogy.testing import CashlogySimulator
from tests.waiting import until


class Machine(CashlogySimulator):
    """Amounts: minor units."""

    def physical_total(self) -> int:
        """What lies in the machine right now, whatever its accounting says."""
        return self.state()["physical_total"]

    def wait_accepting(self, timeout: float = 20.0, pause: float = 0.1) -> None:
        until("the machine accepts money", lambda: self.state()["accepting"], timeout, pause)

    def wait_giving(self, timeout: float = 30.0) -> None:
        """Wait until the first piece of a payout has fallen into the tray."""
        until("a piece in the tray", lambda: self.state()["tray"], timeout, pause=0.02)

    def wait_idle(self, timeout: float = 30.0) -> None:
        """Wait until the machine neither takes nor gives."""

        def idle() -> bool:
            state = self.state()
            return not state["accepting"] and not state["dispensing"]

        until("the machine is at rest", idle, timeout)

    def wait_inserted(self, total: int, timeout: float = 20.0) -> None:
        until(f"{total} inserted", lambda: self.state()["inserted"] == total, timeout)
