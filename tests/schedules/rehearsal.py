"""The schedules of a seed without a shop: what will be done, and nothing happens."""

from unittest.mock import MagicMock

from tests.schedules.rules import Day
from tests.schedules.shop import ShopFloor
from tests.schedules.worker import play


class Rehearsal(Day):
    """A day on which everything is at once as it is waited for."""

    def _wait_until(self, probe):
        """Nothing takes time."""

    def _happened(self, what, times=1):
        """It did not."""

    def _close_the_books(self):
        """Nothing is in them."""


def rehearse(number: int, count: int) -> str:
    """The plan of a seed."""
    nobody = MagicMock(
        spec=ShopFloor,
        desks=[MagicMock(), MagicMock()],
        orders=MagicMock(),
        office=MagicMock(),
        session_id=0,
        till=MagicMock(),
        tills_used=set(),
        story=[],
    )
    nobody.look.return_value = {"browsers": []}
    nobody.open_tabs.return_value = []
    return play(nobody, number, count, day=Rehearsal)["plan"]
