import assert from "node:assert/strict";
import { test } from "node:test";

import { bookByHand } from "@pos_smartcash_terminal/app/operation/by_hand";
import { OpenWatch } from "@pos_smartcash_terminal/app/operation/open_watch";
import { openOperations } from "@pos_smartcash_terminal/app/operation/open_operations";
import { pressOnce } from "@pos_smartcash_terminal/app/common/press_once";
import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import { byHandUuid } from "@pos_smartcash_terminal/app/common/uuid";
import { messagesToShow } from "@pos_smartcash_terminal/app/common/texts";
import { unreachable } from "./support/machine.mjs";
import { Till, UUID, refund, sale } from "./support/till.mjs";
import { settled } from "./support/time.mjs";

const never = () => new Promise(() => {});
const lost = { code: "machine_lost", text: "No connection to the machine.", level: "warning" };

async function running(options, op = sale()) {
    const till = new Till(options);
    till.outcome = till.runner.run(op);
    await settled();
    return till;
}

// E1 ----------------------------------------------------------------------------------------

for (const [how, action] of [
    ["failed", async () => Promise.reject(new Error("no answer"))],
    ["was refused", async () => false],
    ["threw", () => JSON.parse("{")],
]) {
    test(`a button whose action ${how} can be pressed again`, async (t) => {
        t.mock.method(console, "warn", () => {});
        const state = { pressed: null };
        await pressOnce(state, "accept", action);
        assert.equal(state.pressed, null);
        let done = 0;
        await pressOnce(state, "accept", () => done++);
        assert.equal(done, 1);
    });
}

test("a double press is one", async () => {
    const state = { pressed: null };
    let pressed = 0;
    let answer;
    const action = () => {
        pressed++;
        return new Promise((resolve) => (answer = resolve));
    };
    const first = pressOnce(state, "accept", action);
    pressOnce(state, "accept", action);
    assert.equal(pressed, 1);
    assert.equal(state.pressed, "accept");
    answer();
    await first;
    assert.equal(state.pressed, null);
});

test("an open deposit that was not finished at the first try is finished at the second", async () => {
    const till = await running({}, sale({ kind: "cash_in", amount: 100000, orderUid: null }));
    till.machine.insert(UUID, 5000);
    await till.clock.advance(300);
    till.driver.onRequest = (method) => {
        if (method === "accept") {
            throw unreachable();
        }
    };
    assert.equal(await till.runner.accept(), false);
    assert.ok(till.view.canAccept, "it can be pressed again");
    till.driver.onRequest = () => {};
    assert.equal(await till.runner.accept(), true);
    assert.equal((await till.outcome).lineAmount, 5000);
});

// E2 ----------------------------------------------------------------------------------------

test("a machine that hangs while it gives out: the cashier goes on after ten seconds", async () => {
    const till = new Till();
    till.machine.slow = true;
    till.outcome = till.runner.run(refund());
    await till.clock.advance(9000);
    assert.equal(till.view.stage, "dispensing");
    assert.equal(till.view.canPutAside, false);
    await till.clock.advance(2000);
    assert.equal(till.view.canPutAside, true);
    till.machine.finish(UUID);
    await till.clock.advance(6000);
    assert.equal((await till.outcome).result, "paid", "it is watched all the same");
});

test("a cancel that nothing follows is no dead end", async () => {
    const till = await running();
    till.machine.insert(UUID, 500);
    await till.clock.advance(300);
    till.machine.slow = true;
    await till.runner.cancel();
    await till.clock.advance(20000);
    assert.equal(till.view.stage, "cancelling");
    assert.equal(till.view.canPutAside, true);
});

test("a start that nobody answers, and an Odoo that does not register, are no dead ends", async () => {
    const till = new Till({ offline: false });
    till.driver.onRequest = (method) => method === "start" && never();
    till.runner.run(refund());
    await till.clock.advance(11000);
    assert.equal(till.view.stage, "starting");
    assert.equal(till.view.canPutAside, true);

    const other = new Till();
    other.odoo.onRequest = () => {};
    other.ledger._call = never;
    other.runner.run(refund());
    await settled();
    await other.runner.cancel();
    await other.clock.advance(9900);
    assert.equal(other.view.stage, "registering");
    assert.equal(other.view.canPutAside, false);
    await other.clock.advance(200);
    assert.ok(other.view.canPutAside || other.view.stage === "ended");
});

test("while money moves nobody is asked to go away", async () => {
    const till = await running({}, sale({ amount: 100000 }));
    for (let index = 0; index < 20; index++) {
        till.machine.insert(UUID, 100);
        await till.clock.advance(3000);
        assert.equal(till.view.canPutAside, false);
    }
    await till.clock.advance(60000);
    assert.equal(till.view.canPutAside, false, "a customer who thinks: Cancel is the way on");
    assert.ok(till.view.canCancel);
});

test("what was put aside and runs asks for somebody", () => {
    const stored = [{ uuid: UUID, op: sale(), progress: null, handedOver: false }];
    const known = { rows: [], stored, problems: [], handedOver: [], settled: new Set(), now: 0 };
    const here = new Set([UUID]);
    const open = (aside) => openOperations({ ...known, running: here, aside: new Set(aside) })[0];
    assert.deepEqual([open([]).what, open([]).asks], ["here", false]);
    assert.deepEqual([open([UUID]).what, open([UUID]).asks], ["aside", true]);
    assert.ok(open([UUID]).canCheck);
});

// E4 ----------------------------------------------------------------------------------------

test("a gateway that lost its machine: lost within a moment, with what was inserted", async () => {
    const till = await running({ push: true });
    till.machine.insert(UUID, 500);
    const say = (changes) => {
        const progress = makeProgress({ ...till.machine.tell(UUID), ...changes });
        till.machine.listeners.forEach((listener) => listener(UUID, progress));
    };
    till.driver.onRequest = never;
    say({ messages: [lost] });
    assert.equal(till.view.stage, "lost");
    assert.equal(till.view.inserted, 500);
    await till.clock.advance(3000);
    assert.ok(till.view.canPutAside && till.view.canStopWaiting);
    // The same once more, and a cancel: still nobody knows that money comes out.
    say({ messages: [lost], phase: "cancelling", cancellable: false });
    assert.equal(till.view.stage, "lost");
    assert.ok(till.view.canPutAside);
    say({ messages: [], phase: "cancelling", cancellable: false });
    assert.equal(till.view.stage, "cancelling", "it answers again");
    say({ state: "unknown", messages: [], amountIn: 500 });
    assert.equal((await till.outcome).result, "unknown");
});

test("a question to which nobody answers counts as lost after six seconds", async () => {
    const till = await running();
    till.driver.onRequest = (method) => method === "poll" && never();
    await till.clock.advance(5900);
    assert.equal(till.view.stage, "accepting");
    await till.clock.advance(1500);
    assert.equal(till.view.stage, "lost");
    await till.clock.advance(3000);
    assert.ok(till.view.canPutAside, "within ten seconds and a moment");
});

test("that the machine is lost is said by the dialog, once", () => {
    assert.deepEqual(messagesToShow([lost], "9.90"), []);
    const why = { ...lost, level: "error" };
    assert.equal(messagesToShow([why], "9.90").length, 1, "why it did not start is said");
});

test("what the machine's own count found is told in figures", () => {
    const counted = { code: "outcome_counted", text: "500 more", level: "error" };
    assert.match(messagesToShow([counted], "9.90")[0].text, /holds|count/);
});

test("what was left as a question is looked at now and then, and news are told", async () => {
    const till = await running();
    till.machine.insert(UUID, 500);
    await till.clock.advance(300);
    till.driver.onRequest = () => {
        throw unreachable();
    };
    await till.clock.advance(5000);
    till.runner.stopWaiting();
    assert.equal((await till.outcome).result, "unknown");
    const news = [];
    let looks = 0;
    const watch = new OpenWatch({
        ledger: till.ledger,
        clock: till.clock,
        isBusy: () => false,
        look: async () => {
            looks++;
            await till.runner.check();
        },
        onNews: (op, progress) => news.push([op.uuid, progress.amountIn]),
    });
    watch.start();
    await till.clock.advance(60000);
    assert.equal(looks, 3);
    assert.deepEqual(news, []);
    till.driver.onRequest = () => {};
    const machine = till.machine.operations.get(UUID);
    Object.assign(machine, { state: "unknown", phase: "ended", in: 700 });
    await till.clock.advance(20000);
    assert.deepEqual(news, [[UUID, 700]]);
    machine.state = "done";
    await till.clock.advance(20000);
    assert.equal(till.ledger.storedOperation(UUID)?.progress.state ?? "done", "done");
    watch.close();
});

// E5 ----------------------------------------------------------------------------------------

test("no cash at the till: the order goes on, what is owed stays a question", async () => {
    const till = new Till();
    till.machine.cannotPay = 500;
    till.outcome = till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 2000);
    await till.clock.advance(1000);
    assert.equal(till.view.byHand.amount, 500);
    assert.equal(till.runner.leaveOwed(), true);
    assert.equal(till.runner.leaveOwed(), false);
    const outcome = await till.outcome;
    assert.equal(outcome.result, "shortfall");
    assert.equal(outcome.lineAmount, 990);
    assert.equal(outcome.owed, 500);
    assert.equal(till.view.byHand, null);
    await settled();
    const handedOver = () =>
        [...till.odoo.rows.values()].filter(({ values }) => values.parent_uuid);
    assert.equal(handedOver().length, 0, "nothing is booked as given");
    assert.ok(till.odoo.rows.get(UUID).notHandedOver, "Odoo knows of it");
    assert.deepEqual(till.ledger.problems(), []);

    // On the panel it is still owed, although its line is done here.
    const [open] = openOperations({
        rows: [],
        stored: till.ledger.storedOperations(),
        problems: [],
        handedOver: [],
        running: new Set(),
        aside: new Set(),
        settled: new Set([UUID]),
        now: 0,
    });
    assert.deepEqual([open.what, open.owed, open.asks], ["owed", 500, true]);

    // Somebody has cash later, perhaps after a reload.
    till.reload();
    const later = till.runner.resume(sale());
    await settled();
    assert.equal(till.view.byHand.amount, 500);
    assert.equal(till.runner.handedOver(), true);
    assert.equal((await later).lineAmount, 990);
    await settled();
    assert.equal(handedOver().length, 1);
    assert.equal(handedOver()[0].values.amount, 500);
});

test("no cash at the till reaches Odoo when Odoo is back, in whatever page", async () => {
    const till = new Till();
    await bookByHand(till.ledger, refund({ uuid: byHandUuid(UUID) }), { resume: false });
    till.odoo.reachable = false;
    till.ledger.notHandedOver(byHandUuid(UUID));
    await settled();
    till.reload();
    assert.equal(till.ledger.waiting, 1);
    till.odoo.reachable = true;
    await till.ledger.flush();
    assert.equal(till.ledger.waiting, 0);
    assert.ok(till.odoo.rows.get(byHandUuid(UUID)).notHandedOver);
});

test("what was booked by hand and not given says so on every till's panel", () => {
    const row = { uuid: byHandUuid(UUID), kind: "refund", state: "done", disputed: true };
    const [open] = openOperations({
        rows: [{ ...row, amount: 990, amountIn: 0, amountOut: 990, undispensed: 0 }],
        stored: [],
        problems: [],
        handedOver: [],
        running: new Set(),
        settled: new Set([row.uuid]),
        now: 0,
    });
    assert.deepEqual([open.what, open.asks, open.canCheck], ["not_given", true, false]);
});
