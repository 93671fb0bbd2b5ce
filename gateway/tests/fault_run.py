"""Random operations on a machine on which everything goes wrong: is machine = journal in all?

    python fault_run.py --operations 1000 --lanes 4 --seed 1

Each lane has a machine, a gateway and a till of its own. After each operation: what the journal says
went in and out is what the machine holds, or it asks for a decision; nothing is left open; and the
next sale, with nothing wrong, is right to the cent. `--seed` and `--lanes` replay a run.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from fault_plan import SHAPES, Case, Trouble, draw
from support import ENDED, KEY, Client, GatewayProcess, body, new_uuid, op_token, token

from smartcash_gateway.operations.journal import Journal
from smartcash_simulators.cashlogy.faults import CashlogyFaults
from smartcash_simulators.cashlogy.testing import CashlogySimulator
from smartcash_simulators.testing import SimulatorError

PATIENCE = 75.0  # seconds until everything has ended that began
EMPTYING = 400.0  # an answer about hundreds of pieces is awaited for 0.3 s each
ATTEMPTS = 3  # to sell afterwards; a busy computer may miss a time limit of 0.8 s
FEWEST = 3  # operations of a lane, however slow the computer is
WEEKS = 30 * 24 * 3600
#: What comes out of these is known from counts alone: the Connector's answer has no amount.
BY_COUNT = {"collect", "empty", "exchange", "transfer"}
TIMEOUTS = {
    "REPLY_TIMEOUT_MS": "800",
    "STOP_TIMEOUT_MS": "900",
    "PAYOUT_TIMEOUT_MS": "2500",
    "RECOVERY_TIMEOUT_MS": "3000",
}
_GONE = (aiohttp.ClientError, asyncio.TimeoutError, OSError)


class Broken(AssertionError):
    """The promise did not hold; the text says where."""


@dataclass
class Figures:
    """What a run came to."""

    operations: int = 0
    not_started: int = 0
    states: collections.Counter = field(default_factory=collections.Counter)
    kills: int = 0
    lies: int = 0  # outcomes looked up in a count that was wrong before the operation
    repeated: int = 0  # sales afterwards that failed at first, with nothing moved
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def add(self, other: Figures) -> None:
        self.operations += other.operations
        self.not_started += other.not_started
        self.states += other.states
        self.kills += other.kills
        self.lies += other.lies
        self.repeated += other.repeated
        self.broken += other.broken
        self.slowest = max(self.slowest, other.slowest)


class _Gateway(GatewayProcess):
    """On a till whose clock can jump."""

    def __init__(self, folder: Path, connector: str) -> None:
        super().__init__(folder, connector, **TIMEOUTS)
        self.clock = folder / "clock"
        self.clock.write_text("0")
        runner = Path(__file__).with_name("shifted_clock.py")
        self.command = [sys.executable, str(runner), str(self.clock), "run"]


class Lane:
    """One machine, one gateway, one till."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = random.Random(seed)
        self.figures = Figures()
        self._machine = CashlogySimulator(speed=100)
        self._folder = folder
        self._gateway: _Gateway | None = None
        self._http: aiohttp.ClientSession | None = None
        self._shape: dict = {}
        self._told: dict[str, dict] = {}  # each operation as the till heard of its end
        self._restarting = asyncio.Lock()

    async def run(self, operations: int, until: float = float("inf")) -> Figures:
        """`operations` of them, or until that moment (time.monotonic), but not fewer than FEWEST."""
        await asyncio.to_thread(self._machine.start)
        self._gateway = _Gateway(self._folder, self._machine.connector)
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=12)) as self._http:
                await self._renew()
                for number in range(operations):
                    if time.monotonic() > until and number >= FEWEST:
                        break
                    await self._one(number)
                self._compare_journal()
        finally:
            if self._gateway.running:
                self._gateway.kill()
            self._machine.stop()
        return self.figures

    # -- one operation -----------------------------------------------------------------------

    async def _one(self, number: int) -> None:
        case = draw(self.random)
        began = time.monotonic()
        self.figures.operations += 1
        try:
            await asyncio.wait_for(self._carry_out(case), PATIENCE + EMPTYING)
            await asyncio.wait_for(self._next_sale(), PATIENCE)
        except (Broken, asyncio.TimeoutError, SimulatorError) as error:
            self.figures.broken.append(f"#{number} {case} [{self._shape}]: {error!r}")
            await self._renew()
        self.figures.slowest = max(self.figures.slowest, time.monotonic() - began)
        if self.random.random() < 0.05:
            await self._renew()

    async def _carry_out(self, case: Case) -> None:
        before = await self._state()
        op = new_uuid()
        troubles = [asyncio.ensure_future(self._make(trouble)) for trouble in case.troubles]
        customer = None
        try:
            started = await self._start(op, case)
            customer = asyncio.ensure_future(self._customer(op, case))
            await asyncio.gather(*troubles)
        finally:
            for task in troubles:
                task.cancel()
            await asyncio.gather(*troubles, return_exceptions=True)
        await self._mend()
        if customer is not None:
            await self._finish(op, case, customer)
        ended = await self._outcome(op, started)
        after = await self._quiet()
        kept = after["physical_total"] - before["physical_total"]
        if ended is None:
            self.figures.not_started += 1
            _check(kept == 0, f"not started, but the machine holds {kept} more")
            return
        self.figures.states[ended["state"]] += 1
        self._told[op] = ended
        lies = {
            trouble.faults["miscount"] for trouble in case.troubles if "miscount" in trouble.faults
        }
        net = ended["amount_in"] - ended["amount_out"]
        if lies and kept != net and ended["state"] != "unknown":
            # A count that was wrong before it, and the only witness after it: nobody can notice.
            _check(abs(net - kept) in lies, str(ended))
            seen_otherwise = ended["kind"] not in BY_COUNT
            _check("recovered" in str(ended["messages"]) or not seen_otherwise, str(ended))
            self.figures.lies += 1
            return
        self._check_amounts(ended, kept)
        _check(not after["accepting"], "the machine still takes money")

    def _check_amounts(self, ended: dict, kept: int) -> None:
        net = ended["amount_in"] - ended["amount_out"]
        if ended["state"] == "unknown":
            codes = [message["code"] for message in ended["messages"]]
            _check(
                bool({"outcome_unknown", "outcome_counted", "stacker_out"} & set(codes)),
                f"unknown without words: {ended}",
            )
            return
        _check(net == kept, f"the journal says {net}, the machine holds {kept}: {ended}")
        if ended["state"] in ("cancelled", "failed") and ended["kind"] != "transfer":
            _check(net - ended["undispensed"] == 0, f"ended as nothing, with {net} inside: {ended}")
        if ended["state"] == "done" and ended["kind"] == "sale":
            due = ended["amount_in"] - ended["amount_out"] - ended["undispensed"]
            partial = ended["allow_partial"] and 0 < due < ended["amount"]
            _check(due == ended["amount"] or partial, f"done, but not its amount: {ended}")

    async def _start(self, op: str, case: Case) -> bool | None:
        """Whether it was registered; None: nobody can say yet."""
        content = body(case.amount, case.kind, allow_partial=case.partial)
        try:
            status, answer = await self._ask("PUT", op, json=content, kind=case.kind)
        except _GONE:
            return None
        _check(status in (200, 201, 409, 503), f"a start was answered {status}: {answer}")
        return status < 300

    async def _customer(self, op: str, case: Case) -> None:
        """Puts pieces in whether or not the machine wants them; presses what is to be pressed."""
        if case.kind == "collect":
            await self._staff()
            return
        for number, value in enumerate(case.pieces):
            if case.wish and number == case.wish_after:
                await self._wish(op, case.wish)
            with contextlib.suppress(SimulatorError):
                await asyncio.to_thread(self._machine.insert, value)
            await asyncio.sleep(case.pause)
        if case.wish and case.wish_after >= len(case.pieces):
            await self._wish(op, case.wish)

    async def _staff(self) -> None:
        for action in ("remove", "replace"):
            await asyncio.sleep(self.random.uniform(0, 0.5))
            with contextlib.suppress(SimulatorError):
                await asyncio.to_thread(self._machine.stacker, action)

    async def _wish(self, op: str, wish: str) -> None:
        with contextlib.suppress(*_GONE):
            await self._ask("POST", op, wish)

    async def _finish(self, op: str, case: Case, customer: asyncio.Task) -> None:
        """With nothing wrong any more: who waits for somebody is told to go on, until it ends."""
        await customer
        deadline = time.monotonic() + (EMPTYING if case.kind == "empty" else PATIENCE)
        press = [case.wish or "cancel", "cancel", "cancel"]
        while time.monotonic() < deadline:
            with contextlib.suppress(*_GONE):
                status, answer = await self._ask("GET", op)
                if status == 404 or (status == 200 and answer["state"] in ENDED):
                    return
                if answer.get("cancellable") or answer.get("phase") == "collecting":
                    await self._wish(op, press.pop(0) if press else "cancel")
            with contextlib.suppress(SimulatorError):
                if not (await self._state())["cassette"]["in"]:
                    await asyncio.to_thread(self._machine.stacker, "replace")
            await asyncio.sleep(0.2)
        raise Broken(f"{op} does not end")

    async def _outcome(self, op: str, started: bool | None) -> dict | None:
        """How it ended, once the machine was asked; None when it was never registered."""
        await self._ready()
        deadline = time.monotonic() + PATIENCE
        while True:
            status, answer = await self._ask("GET", op)
            if status == 404:
                _check(not started, f"{op} was registered, and is not known")
                return None
            open_question = "could not be asked" in str(answer["messages"])
            if answer["state"] in ENDED and not open_question:
                return answer
            _check(time.monotonic() < deadline, f"never looked up: {answer}")
            await asyncio.sleep(0.1)

    async def _next_sale(self) -> None:
        """2.00 for 1.00, with nothing wrong; as a cashier, again after a failure that moved nothing."""
        await self._stock()
        before = (await self._state())["physical_total"]
        for _attempt in range(ATTEMPTS):
            answer = await self._sell()
            kept = (await self._quiet())["physical_total"] - before
            if answer["state"] != "failed" or kept:
                break
            self.figures.repeated += 1
            await self._ready()
        amounts = (answer["state"], answer["amount_in"] - answer["amount_out"], kept)
        _check(amounts == ("done", 100, 100), f"the next sale: {answer}, machine {kept}")

    async def _sell(self) -> dict:
        op = new_uuid()
        status, answer = await self._ask("PUT", op, json=body(100), kind="sale")
        _check(status == 201, f"the next sale was answered {status}: {answer}")
        deadline = time.monotonic() + 20
        while answer["state"] == "running":
            if answer["phase"] == "accepting" and not answer["amount_in"]:
                await asyncio.to_thread(self._machine.insert, 200)
            await asyncio.sleep(0.05)
            _, answer = await self._ask("GET", op)
            _check(time.monotonic() < deadline, f"the next sale does not end: {answer}")
        self._told[op] = answer
        return answer

    # -- what goes wrong ---------------------------------------------------------------------

    async def _make(self, trouble: Trouble) -> None:
        await asyncio.sleep(trouble.after)
        if trouble.faults:
            await asyncio.to_thread(self._machine.fault, **trouble.faults)
            await asyncio.sleep(trouble.seconds)
            return
        await getattr(self, f"_{trouble.event}")(trouble)

    async def _kill(self, _trouble: Trouble) -> None:
        self.figures.kills += 1
        await self._restart()

    async def _freeze_gateway(self, trouble: Trouble) -> None:
        await self._freeze(self._gateway.pid, trouble.seconds)

    async def _freeze_machine(self, trouble: Trouble) -> None:
        await self._freeze(self._machine.pid, trouble.seconds)

    async def _freeze(self, pid: int, seconds: float) -> None:
        with contextlib.suppress(ProcessLookupError):  # killed by another trouble
            os.kill(pid, signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                os.kill(pid, signal.SIGCONT)

    async def _power(self, trouble: Trouble, *, keep_memory: bool = True) -> None:
        await asyncio.to_thread(self._machine.power, False, keep_memory=keep_memory)
        await asyncio.sleep(trouble.seconds)
        await asyncio.to_thread(self._machine.power, True, keep_memory=keep_memory)

    async def _forget(self, trouble: Trouble) -> None:
        await self._power(trouble, keep_memory=False)

    async def _lock(self, trouble: Trouble) -> None:
        """Another program, such as a backup, holds the journal."""
        journal = sqlite3.connect(self._gateway.journal, isolation_level=None, timeout=0.1)
        with contextlib.closing(journal), contextlib.suppress(sqlite3.OperationalError):
            journal.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(2 * trouble.seconds)

    async def _clock(self, trouble: Trouble) -> None:
        self._gateway.clock.write_text(str(trouble.jump))

    # -- how it is mended --------------------------------------------------------------------

    async def _mend(self) -> None:
        """Somebody repairs what is broken; what is inside stays as it is."""
        nothing = CashlogyFaults().to_json()
        await asyncio.to_thread(self._machine.fault, **{**nothing, **self._shape})
        await asyncio.to_thread(self._machine.power, True)
        _check(self._gateway.running, f"the gateway ended: {self._gateway.log.read_text()[-3000:]}")

    async def _restart(self) -> None:
        """kill -9, then as a service manager: again while the journal is locked."""
        async with self._restarting:
            if self._gateway.running:
                self._gateway.kill()
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    await asyncio.to_thread(self._gateway.start)
                except AssertionError as error:
                    _check(time.monotonic() < deadline, f"it does not start: {str(error)[-500:]}")
                else:
                    return

    async def _renew(self) -> None:
        """Another Connector, and a gateway that is started anew on the same journal."""
        self._shape = self.random.choice(SHAPES)
        await self._reset()
        await self._restart()
        await self._ready()

    async def _reset(self) -> None:
        await asyncio.to_thread(self._machine.power, True)
        await asyncio.to_thread(self._machine.reset, faults=self._shape)

    async def _stock(self) -> None:
        """A technician puts right what the machine reports, and fills it when it runs low."""
        state = await self._state()
        low = any(p["value"] in (10, 50, 100) and p["recycler"] < 20 for p in state["pieces"])
        if low or set(state["alarms"]) or state["cassette"]["pieces"] > 100:
            await self._reset()
            await self._ready()

    async def _ready(self) -> None:
        """Until the gateway has its machine, and nothing runs."""
        deadline = time.monotonic() + PATIENCE
        health: object = None
        while True:
            with contextlib.suppress(*_GONE):
                async with self._http.get(f"{self._gateway.url}/v1/health") as answer:
                    health = await answer.json()
                if health["device_state"] in ("online", "error"):
                    return
            _check(time.monotonic() < deadline, f"the machine is not there again: {health}")
            await asyncio.sleep(0.05)

    async def _quiet(self) -> dict:
        """The machine once no piece moves any more."""
        deadline = time.monotonic() + PATIENCE
        while True:
            state = await self._state()
            if not state["dispensing"] and not state["inlet"]:
                return state
            _check(time.monotonic() < deadline, "pieces still move")
            await asyncio.sleep(0.05)

    async def _state(self) -> dict:
        return await asyncio.to_thread(self._machine.state)

    async def _ask(self, method: str, op: str, action: str = "", *, kind: str = "sale", **options):
        path = f"/v1/operations/{op}" + (f"/{action}" if action else "")
        late = int(time.time()) + WEEKS
        auth = token(exp=late) if kind == "sale" else op_token(op, kind, 10_000_000, exp=late)
        client = Client(self._gateway.url, self._http)
        return await client.call(method, path, auth=auth, **options)

    def _compare_journal(self) -> None:
        """Each operation is in the journal once, as the till heard of it; and no secret in the log."""
        journal = Journal(self._gateway.journal, read_only=True)
        found = {one.uuid: one.to_json() for one in journal.find(limit=1_000_000)}
        journal.close()
        names = ("state", "amount_in", "amount_out", "undispensed")
        for op, told in self._told.items():
            there = found.get(op)
            if there is None or any(there[name] != told[name] for name in names):
                self.figures.broken.append(f"told {told}, in the journal {there}")
        running = [one for one in found.values() if one["state"] == "running"]
        if running:
            self.figures.broken.append(f"still running: {running}")
        log = self._gateway.log.read_text()
        if KEY in log or "eyJ" in log:
            self.figures.broken.append("a secret is in the log")


def _check(condition: bool, text: str) -> None:
    if not condition:
        raise Broken(text)


async def run(operations: int, lanes: int, seed: int, seconds: float = float("inf")) -> Figures:
    """Spreads `operations` over `lanes`; stops early after `seconds`."""
    figures = Figures()
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="smartcash-faults-") as folder:
        runs = []
        for number in range(lanes):
            own = Path(folder, str(number))
            await asyncio.to_thread(own.mkdir)
            share = operations // lanes + (number < operations % lanes)
            runs.append(Lane(1000 * seed + number, own).run(share, until))
        for one in await asyncio.gather(*runs):
            figures.add(one)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--operations", type=int, default=1000)
    parser.add_argument("--lanes", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    figures = asyncio.run(run(options.operations, options.lanes, options.seed))
    print(
        json.dumps(
            {
                "operations": figures.operations,
                "states": dict(figures.states),
                "not started": figures.not_started,
                "kills": figures.kills,
                "looked up in a count that was wrong before": figures.lies,
                "next sales that were repeated": figures.repeated,
                "broken": len(figures.broken),
                "slowest operation with its next sale, s": round(figures.slowest, 1),
                "seconds": round(time.monotonic() - began),
            },
            indent=2,
        )
    )
    for text in figures.broken:
        print("BROKEN", text)
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main())
