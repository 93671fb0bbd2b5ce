"""The end of a schedule: what was broken is mended, everybody finishes, and the books are compared."""

import time
from collections.abc import Callable

from tests.schedules.shop import ShopFloor
from tests.schedules.verdict import Evening

PATIENCE = 30.0  # seconds until everything must have come to rest
PAUSE = 0.03
CHECK_EVERY = 0.25
LATER = 600  # seconds after which nobody can start what was registered
PROBE = 5  # minor units of a sale that nobody pays
COINS = (10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)


def mend(floor: ShopFloor) -> None:
    """The network is back, the machine has power, the gateway runs, someone sits at each till."""
    floor.till("mend")
    floor.machine.clear_faults()
    floor.machine.power(True)
    floor.gateway.start()
    used = {number for number, browser in enumerate(floor.look()["browsers"]) if browser["tabs"]}
    for number in sorted({0} | floor.tills_used):
        if number not in used:
            floor.till("open", browser=number, tab=0)


def settle(floor: ShopFloor, *, pays: bool, told: bool) -> None:
    """Everybody does what the screens ask for, until nothing is left to do.

    ``told``: until Odoo has been told everything, too.
    """
    checked = 0.0

    def at_rest() -> bool:
        nonlocal checked
        look = floor.look()
        if time.monotonic() > checked + CHECK_EVERY:
            checked = time.monotonic()
            floor.till("flush")
            for number, browser in enumerate(look["browsers"]):
                for page in browser["tabs"][:1]:
                    floor.till("look", browser=number, tab=page["tab"])
            return False
        _serve(floor, look, pays=pays)
        return _is_quiet(floor, look, told=told)

    _until("everything to come to rest", at_rest, floor)


def probe(floor: ShopFloor) -> None:
    """Ten minutes later the next customer is served: nothing of what happened keeps the device."""

    def served() -> bool:
        floor.ledger.pass_time(floor.shop.device_id, LATER)
        tab = next(tab for browser, tab in floor.open_tabs() if browser == 0)
        uuid = floor.pay("sale", PROBE, tab=tab)

        def line() -> dict:
            return next(
                line for line in floor.look()["browsers"][0]["lines"] if line["op"]["uuid"] == uuid
            )

        def ended() -> bool:
            floor.press("cancel")
            return line()["status"] != "waiting"

        _until("a sale to be cancelled", ended, floor)
        refusal = line()["refusal"]
        if refusal:
            floor.note(f"the next sale was refused: {refusal['code']}")
            time.sleep(CHECK_EVERY)
        return not refusal

    _until("the next customer to be served", served, floor)


def look_back(floor: ShopFloor) -> Evening:
    """The day as machine, gateway, ledger and browsers have it."""
    floor.sync()
    look, state = floor.look(), floor.machine.state()
    return Evening(
        moved=state["physical_total"] - floor.first_total,
        miscounted=state["physical_total"] - state["total"],
        rows=floor.rows(),
        events=floor.events(),
        journal=floor.gateway.operations(),
        starts=look["starts"],
        handed=look["handed"],
        browsers=look["browsers"],
    )


def change(amount: int) -> list[tuple[int, int]]:
    """(value, count) of the fewest pieces that make up ``amount``."""
    pieces = []
    for coin in COINS:
        count, amount = divmod(amount, coin)
        if count:
            pieces.append((coin, count))
    return pieces


def _serve(floor: ShopFloor, look: dict, *, pays: bool) -> None:
    views = [v for browser in look["browsers"] for page in browser["tabs"] for v in page["views"]]
    if any(view["byHand"] for view in views):
        floor.press("handedOver")
    accepting = [view for view in views if view["stage"] == "accepting"]
    if accepting and pays:
        for value, count in change(accepting[0]["remaining"]):
            floor.machine.insert(value, count)
    elif accepting:
        floor.press("cancel")
    elif not views and floor.machine.state()["accepting"]:
        # The cashier has stopped waiting for it, and the customer has not.
        for running in floor.gateway.operations()[-1:]:
            for value, count in change(running.amount - running.amount_in):
                floor.machine.insert(value, count)


def _is_quiet(floor: ShopFloor, look: dict, *, told: bool) -> bool:
    journal = {operation.uuid: operation for operation in floor.gateway.operations()}
    if any(not op.state.ended or not op.settled for op in journal.values()):
        return False
    unknown = {uuid for uuid, op in journal.items() if op.state.value == "unknown"}
    for browser in look["browsers"]:
        if any(page["views"] for page in browser["tabs"]):
            return False
        for line in browser["lines"]:
            if line["status"] == "waiting" and line["op"]["uuid"] not in unknown:
                return False
        if not told:
            continue
        if browser["waiting"] > len(browser["problems"]):
            return False
        if any(stored["uuid"] not in unknown for stored in browser["stored"]):
            return False
    return True


def _told(look: dict) -> str:
    """The browsers, a fact per line."""
    facts = []
    for number, browser in enumerate(look["browsers"]):
        for name in ("tabs", "lines", "letters", "problems", "stored"):
            facts += [f"browser {number} {name[:-1]}: {thing}" for thing in browser[name]]
    return "\n".join(facts)


def _until(what: str, done: Callable[[], bool], floor: ShopFloor) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(
                f"still waiting after {PATIENCE:g} s for {what}:\n"
                f"{_told(floor.look())}\n"
                f"journal: {floor.gateway.operations()}\nledger: {floor.rows()}"
            )
        time.sleep(PAUSE)
