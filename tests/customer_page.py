"""The simulator's web page, used like a customer uses a machine: with a finger."""

from playwright.sync_api import Page, expect

#: What a purse holds, largest first; minor units of EUR.
PURSE = (2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)


class CustomerPage:
    """One open customer's page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)
        self._piece(PURSE[0]).wait_for()

    def _piece(self, value: int):
        return self.page.locator(f"button.piece[data-value='{value}']")

    def insert(self, value: int) -> None:
        """Put in one piece and wait until the machine has counted it."""
        # The page tells about each piece; an old answer must not pass for a new one.
        self.page.evaluate("() => (document.getElementById('answer').textContent = '')")
        self._piece(value).click()
        expect(self.page.locator("#answer")).to_contain_text("inserted", timeout=20_000)

    def pay(self, amount: int) -> None:
        """Put in exactly ``amount`` minor units, largest pieces first."""
        for value in PURSE:
            while amount >= value:
                self.insert(value)
                amount -= value

    def take(self) -> None:
        """Take what lies in the tray."""
        self.page.locator("#take").click()
        expect(self.page.locator("#take")).to_be_disabled()
