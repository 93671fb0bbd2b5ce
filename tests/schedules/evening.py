"""The end of a schedule: what was broken is mended, everybody finishes, and the books are compared."""

import time
from collections.abc import Callable

from tests.schedules.shop import ShopFloor
from tests.schedules.verdict import Evening

PATIENCE = 120.0  # seconds until everything must have come to rest, on a busy machine too
PAUSE = 0.03
COLLEAGUE = 9  # the tab of somebody with another machine, who looks at what this browser remembers
CHECK_EVERY = 0.25
LATER = 600  # seconds after which nobody can start what was registered
PROBE = 5  # minor units of a sale that nobody pays
COINS = (10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)


def mend(floor: ShopFloor, *, keep_memory: bool = True) -> None:
    """The network is back, the machines have power, the gateways run, each cashier sits at her till.

    :param keep_memory: of a machine that was without power, how many pieces are in it
    """
    floor.till("mend")
    for desk in floor.desks:
        if desk.awake:
            desk.machine.clear_faults()
            desk.machine.power(True, keep_memory=keep_memory)
            desk.gateway.start()
    browsers = floor.look()["browsers"]
    for number in sorted({0} | floor.tills_used):
        tabs = browsers[number]["tabs"]
        for page in tabs:
            is_hers = page["uid"] == floor.shop.cashiers[number]
            if not is_hers or page["session"] != floor.session_id:
                floor.open(number, page["tab"])
        if not tabs:
            floor.open(number, 0)
        for user in _colleagues(floor, number):
            floor.open(number, COLLEAGUE, user=user)


def _colleagues(floor: ShopFloor, number: int) -> list[int]:
    """Who must look at this browser, too: it remembers operations at machines that are not its cashier's."""
    browser = floor.look()["browsers"][number]
    waiting = [line["op"] for line in browser["lines"] if line["status"] == "waiting"]
    there = {op["device"]["id"] for op in (*waiting, *(row["op"] for row in browser["stored"]))}
    users = {device.id: device.users for device in floor.shop.devices}
    own = floor.shop.cashiers[number]
    found = []
    for device in sorted(there):
        hers = users[device]
        if not hers and any(own in others for others in users.values()):
            found.append(0)
        elif hers and own not in hers:
            found.append(floor.shop.cashiers.index(hers[0]))
    return found


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
                for page in browser["tabs"]:
                    floor.till("look", browser=number, tab=page["tab"])
            return False
        _serve(floor, look, pays=pays)
        return _is_quiet(floor, look, told=told)

    _until("everything to come to rest", at_rest, floor)


def held(floor: ShopFloor) -> list[dict]:
    """What the ledger still takes to be under way when every page and every gateway is at rest."""
    return [row for row in floor.rows() if row["state"] in ("draft", "running")]


def probe(floor: ShopFloor) -> None:
    """Ten minutes later the next customer is served: nothing of what happened keeps the device."""

    def served() -> bool:
        floor.ledger.pass_time(floor.shop, LATER)
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


def look_back(floor: ShopFloor, held: list[dict]) -> Evening:
    """The day as machine, gateway, ledger and browsers have it.

    :param held: what was under way when all had come to rest
    """
    floor.sync()
    look = floor.look()
    return Evening(
        moved={desk.device.id: desk.moved for desk in floor.desks},
        miscounted={desk.device.id: desk.miscounted for desk in floor.desks},
        rows=floor.rows(),
        events=floor.events(),
        journals=_journals(floor),
        payments=floor.payments(),
        entries=floor.entries(),
        held=held,
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
    accepting = accepting_views(look)
    if accepting and not pays:
        floor.press("cancel")
    for number, desk in enumerate(floor.desks):
        if number in accepting and pays:
            for value, count in change(accepting[number]["remaining"]):
                desk.machine.insert(value, count)
        elif desk.awake and not _views_at(look, number) and desk.machine.state()["accepting"]:
            # The cashier has stopped waiting for it, and the customer has not.
            for running in desk.gateway.operations()[-1:]:
                for value, count in change(running.amount - running.amount_in):
                    desk.machine.insert(value, count)


def _views_at(look: dict, number: int) -> list[dict]:
    """What the pages of one desk show."""
    return [
        view
        for browser in look["browsers"]
        for page in browser["tabs"]
        if page["device"] == number
        for view in page["views"]
    ]


def accepting_views(look: dict) -> dict[int, dict]:
    """What some page shows of the operation that takes money, by the number of its desk."""
    found: dict[int, dict] = {}
    for browser in look["browsers"]:
        for page in browser["tabs"]:
            for view in page["views"]:
                if view["stage"] == "accepting":
                    found.setdefault(page["device"], view)
    return found


def _journals(floor: ShopFloor) -> dict[int, list]:
    """What the gateways hold, by device."""
    return {desk.device.id: desk.gateway.operations() for desk in floor.desks if desk.awake}


def _is_quiet(floor: ShopFloor, look: dict, *, told: bool) -> bool:
    journal = {op.uuid: op for journal in _journals(floor).values() for op in journal}
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
                f"journals: {_journals(floor)}\nledger: {floor.rows()}"
            )
        time.sleep(PAUSE)
