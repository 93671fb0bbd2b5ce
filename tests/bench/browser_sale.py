"""A sale in a real POS, with the page itself holding the stopwatch."""

from tests.till import Till

#: The instruments: when Send was pressed, when the line was done. Both by the wall clock, which the gateway's side
#: shares. A promise tells us, so nobody polls the page while it works.
_INSTRUMENT = """
() => {
    const prototype = Object.getPrototypeOf(posmodel.get_order().get_paymentlines()[0]);
    if (window.benchSale) {
        return;
    }
    window.benchSale = {};
    const setStatus = prototype.set_payment_status;
    prototype.set_payment_status = function (status) {
        setStatus.apply(this, arguments);
        if (status === "done") {
            window.benchSale.done(Date.now());
        }
    };
}
"""

#: The page keeps the promise: Chromium holds what it awaits for us only weakly, and may collect it.
_SELL = """
() => {
    const done = new Promise((resolve) => (window.benchSale.done = resolve));
    const began = Date.now();
    window.benchSale.sold = done.then((ended) => [began, ended]);
    document.querySelector(".send_payment_request").click();
    return window.benchSale.sold;
}
"""


class BrowserSale:
    """One open POS that sells to one customer after the other."""

    def __init__(self, till: Till, method: str, product: str) -> None:
        self._till = till
        self._method = method
        self._product = product

    def prepare(self, amount: int) -> None:
        """Bring a new order of ``amount`` minor units to where only Send is missing."""
        self._till.add_product(self._product)
        self._till.page.evaluate(
            """(amount) => posmodel.get_order().get_selected_orderline().set_unit_price(
                amount / 10 ** posmodel.currency.decimal_places
            )""",
            amount,
        )
        if self._till.due() != amount:
            raise RuntimeError(f"the order asks for {self._till.due()} instead of {amount}")
        self._till.go_to_payment()
        self._till.choose_method(self._method)
        self._till.page.locator(".send_payment_request").wait_for()
        self._till.page.evaluate(_INSTRUMENT)

    def sell(self) -> tuple[float, float]:
        """Press Send; return when that was and when the line was done (epoch seconds)."""
        began, done = self._till.page.evaluate(_SELL)
        return began / 1000, done / 1000

    def finish(self) -> None:
        """Leave the receipt for a new order."""
        self._till.expect_receipt()
        self._till.next_order()
