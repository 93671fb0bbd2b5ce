import assert from "node:assert/strict";
import { test } from "node:test";

import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import { unreachable } from "./support/machine.mjs";
import { Till, UUID, refund, sale } from "./support/till.mjs";
import { settled } from "./support/time.mjs";

const cut = () => {
    throw unreachable();
};

async function running(options, op = sale()) {
    const till = new Till(options);
    till.outcome = till.runner.run(op);
    await settled();
    return till;
}

test("polls follow the money closely and slow down when nothing moves", async () => {
    const till = await running();
    const polls = () => till.driver.calls("poll").length;
    await till.clock.advance(1500);
    assert.equal(polls(), 10, "every 150 ms after a movement");
    await till.clock.advance(20000);
    const before = polls();
    await till.clock.advance(10000);
    assert.equal(polls() - before, 10, "every second when idle");
    till.machine.insert(UUID, 100);
    await till.clock.advance(1000);
    const seen = polls();
    await till.clock.advance(900);
    assert.equal(polls() - seen, 6, "close again");
});

test("a driver may ask for longer pauses when nobody seems to be there", async () => {
    const till = await running();
    Object.defineProperty(till.driver, "pacing", {
        value: { fast: 250, idle: 400, doze: 2000, safety: 5000 },
    });
    const polls = () => till.driver.calls("poll").length;
    await till.clock.advance(50000);
    const calm = polls();
    await till.clock.advance(8000);
    assert.equal(polls() - calm, 20, "every 400 ms for the first minute");
    await till.clock.advance(12000);
    const dozing = polls();
    await till.clock.advance(20000);
    assert.equal(polls() - dozing, 10, "then every two seconds");
    till.machine.insert(UUID, 100);
    await till.clock.advance(2000);
    const seen = polls();
    await till.clock.advance(1000);
    assert.equal(polls() - seen, 4, "awake again");
});

test("whoever is slow to answer is asked less often", async () => {
    const till = await running();
    let takes = 300;
    till.driver.onAnswer = () => new Promise((done) => till.clock.setTimeout(done, takes));
    const polls = () => till.driver.calls("poll").length;
    await till.clock.advance(1000);
    const seen = polls();
    await till.clock.advance(1800);
    assert.equal(polls() - seen, 2, "a wait of 300 ms, a pause of 600 ms");
    takes = 3000;
    await till.clock.advance(6000);
    const slow = polls();
    await till.clock.advance(8000);
    assert.equal(polls() - slow, 2, "no pause is longer than a second");
});

test("with push, polls are only a safety net", async () => {
    const till = await running({ push: true });
    await till.clock.advance(16000);
    assert.equal(till.driver.calls("poll").length, 3);
});

test("a pushed end is on screen in the same tick", async () => {
    const till = await running({ push: true });
    till.machine.insert(UUID, 990);
    assert.equal(till.view.stage, "ended");
    assert.equal(till.view.result, "paid");
    assert.equal(till.views.at(-1).stage, "ended");
    assert.equal(till.ledger.waiting, 1, "persisted in the same tick too");
    assert.equal((await till.outcome).lineAmount, 990);
});

test("a push channel that comes back is caught up with at once", async () => {
    const till = await running({ push: true });
    till.driver.onLive(false);
    till.machine.listeners.clear();
    await settled();
    const before = till.driver.calls("poll").length;
    await till.clock.advance(900);
    assert.ok(till.driver.calls("poll").length - before >= 5, "polls closely meanwhile");
    await till.clock.advance(30000);
    till.machine.insert(UUID, 990);
    till.driver.onLive(true);
    await settled();
    assert.equal(till.view.result, "paid");
});

test("a channel that comes back during a slow poll is caught up with after it", async () => {
    const till = await running({ push: true });
    let answer;
    till.driver.onRequest = () => new Promise((resolve) => (answer = resolve));
    till.driver.onLive(false);
    await settled();
    till.driver.onLive(true);
    till.driver.onRequest = () => {};
    const before = till.driver.calls("poll").length;
    answer();
    await settled();
    assert.equal(till.driver.calls("poll").length, before + 1);
});

test("messages that overtake each other never take money off the screen", async () => {
    const till = await running({ push: true });
    const older = till.machine.tell(UUID);
    till.machine.insert(UUID, 500);
    for (const listener of till.machine.listeners) {
        listener(UUID, older);
    }
    assert.equal(till.view.inserted, 500);
    assert.ok(till.views.every((view, i) => !i || view.inserted >= till.views[i - 1].inserted));
});

test("nothing changes an outcome any more, however late it comes", async () => {
    const till = await running({ push: true });
    const listeners = [...till.machine.listeners];
    till.machine.insert(UUID, 990);
    const ended = till.view;
    for (const listener of listeners) {
        listener(UUID, makeProgress({ phase: "accepting", amountIn: 5000 }));
        listener(UUID, makeProgress({ state: "cancelled" }));
    }
    await till.clock.advance(20000);
    assert.equal(till.view, ended);
    assert.equal(till.driver.calls("poll").length, 0, "nobody looks any more");
    assert.equal(till.clock.waiting, 0);
});

test("an impossible message is left out", async (t) => {
    t.mock.method(console, "warn", () => {});
    const till = await running({ push: true });
    for (const listener of till.machine.listeners) {
        listener(UUID, { state: "paid", amountIn: 990 });
        listener(UUID, { ...till.machine.tell(UUID), amountIn: -5 });
    }
    assert.equal(till.view.stage, "accepting");
});

test("while nobody answers it says so, keeps trying, and invents nothing", async () => {
    const till = await running();
    till.machine.insert(UUID, 500);
    await till.clock.advance(300);
    till.driver.onRequest = cut;
    await till.clock.advance(400);
    assert.equal(till.view.stage, "lost");
    assert.equal(till.view.inserted, 500);
    assert.equal(till.view.lostLong, false);
    assert.ok(till.view.lostSince <= till.clock.now());
    await till.clock.advance(9900);
    assert.equal(till.view.lostLong, true);
    await till.clock.advance(3600 * 1000);
    assert.equal(till.view.result, null);
    const before = till.driver.calls("poll").length;
    await till.clock.advance(50000);
    assert.equal(till.driver.calls("poll").length - before, 10, "every 5 s at the longest");
    till.driver.onRequest = () => {};
    till.machine.insert(UUID, 490);
    await till.clock.advance(5000);
    assert.equal((await till.outcome).result, "paid");
    assert.equal(till.view.lostSince, null);
});

test("back-off grows from half a second", async () => {
    const till = await running();
    till.driver.onRequest = cut;
    const at = [];
    till.driver.onRequest = () => {
        at.push(till.clock.now());
        throw unreachable();
    };
    await till.clock.advance(20000);
    const gaps = at.slice(1).map((time, i) => time - at[i]);
    assert.deepEqual(gaps.slice(0, 5), [500, 1000, 2000, 4000, 5000]);
});

test("connection back: the dialog goes on where it was", async () => {
    const till = await running();
    till.driver.onRequest = cut;
    await till.clock.advance(15000);
    assert.ok(till.view.lostLong);
    till.driver.onRequest = () => {};
    await till.clock.advance(5000);
    assert.equal(till.view.stage, "accepting");
    assert.equal(till.view.lostLong, false);
    assert.deepEqual(till.view.messages, []);
});

test("one unanswered safety poll is no lost connection while messages arrive", async () => {
    const till = await running({ push: true });
    let failures = 0;
    till.driver.onRequest = () => {
        if (!failures++) {
            throw unreachable();
        }
    };
    await till.clock.advance(8000);
    assert.ok(failures > 1);
    assert.ok(till.views.every((view) => view.stage !== "lost"));
});

test("only after long silence a cashier may stop waiting, and then it is unknown", async () => {
    const till = await running();
    assert.equal(till.runner.stopWaiting(), false);
    till.driver.onRequest = cut;
    await till.clock.advance(2000);
    assert.equal(till.runner.stopWaiting(), false);
    await till.clock.advance(10000);
    assert.ok(till.view.canStopWaiting);
    assert.equal(till.runner.stopWaiting(), true);
    assert.equal((await till.outcome).result, "unknown");
    await settled();
    assert.equal(till.row.state, "unknown");
});

test("who stopped waiting for a machine that never got it learns that nothing was started", async () => {
    const till = new Till();
    till.driver.onRequest = cut;
    till.runner.run(sale());
    await till.clock.advance(15000);
    assert.equal(till.runner.stopWaiting(), true);
    await settled();
    assert.equal(till.row.state, "unknown");

    till.reload();
    const outcome = await till.runner.resume(sale());
    assert.equal(outcome.result, "nothing");
    assert.equal(outcome.refusal.code, "not_started");
    await settled();
    assert.equal(till.row.state, "failed");
});

test("who stopped waiting calls nothing unstarted that the machine told another tab about", async () => {
    const till = new Till();
    const other = till.secondTab();
    other._driver.onRequest = cut;
    till.runner.run(sale());
    const outcome = other.resume(sale());
    await till.clock.advance(15000);
    assert.equal(till.view.stage, "accepting");
    assert.equal(other.stopWaiting(), true);
    assert.equal((await outcome).result, "unknown");
    till.reload();
    till.machine.operations.clear();
    assert.equal((await till.runner.resume(sale())).result, "unknown");
});

test("cancel gives the money back and ends as nothing", async () => {
    const till = await running();
    till.machine.insert(UUID, 500);
    await till.clock.advance(200);
    await till.runner.cancel();
    await till.clock.advance(300);
    const outcome = await till.outcome;
    assert.equal(outcome.result, "nothing");
    assert.equal(outcome.progress.state, "cancelled");
    assert.equal(outcome.lineAmount, 0);
    assert.equal(till.kept(), 0);
});

test("cancel pressed twice asks once, and alone ends nothing", async () => {
    const till = await running();
    till.machine.slow = true;
    till.runner.cancel();
    till.runner.cancel();
    await till.clock.advance(2000);
    assert.equal(till.driver.calls("cancel").length, 1);
    assert.equal(till.view.stage, "cancelling");
    assert.equal(till.view.canCancel, false);
    assert.equal(till.runner.busy, true);
    till.machine.finish(UUID);
    await till.clock.advance(1000);
    assert.equal((await till.outcome).result, "nothing");
});

test("a customer who is quicker than the cancel has paid, and the screen says so", async () => {
    const till = await running();
    till.driver.onRequest = (method) => {
        if (method === "cancel") {
            till.machine.insert(UUID, 2000);
        }
    };
    await till.runner.cancel();
    await till.clock.advance(500);
    assert.equal((await till.outcome).result, "paid");
    assert.equal((await till.outcome).lineAmount, 990);
    assert.ok(till.view.messages.some((message) => message.code === "paid_despite_cancel"));
});

test("cancel before the machine was asked starts nothing", async () => {
    const till = new Till();
    const outcome = till.runner.run(sale());
    assert.equal(till.view.canCancel, true);
    await till.runner.cancel();
    assert.equal((await outcome).result, "nothing");
    assert.equal(till.machine.starts.length, 0);
    await settled();
    assert.equal(till.row.state, "cancelled");
});

test("cancel while the start is on its way reaches the machine after it", async () => {
    const till = new Till();
    let arrived;
    till.driver.onRequest = (method) =>
        method === "start" ? new Promise((resolve) => (arrived = resolve)) : undefined;
    const outcome = till.runner.run(sale());
    await settled();
    assert.equal(till.view.stage, "starting");
    await till.runner.cancel();
    assert.equal(till.driver.calls("cancel").length, 0);
    arrived();
    await settled();
    await till.clock.advance(500);
    assert.equal((await outcome).progress.state, "cancelled");
});

test("a cancel whose way is cut is sent when the machine answers again", async () => {
    const till = await running();
    till.machine.insert(UUID, 500);
    till.driver.onRequest = cut;
    await till.runner.cancel();
    await till.clock.advance(12000);
    assert.equal(till.machine.operations.get(UUID).phase, "accepting");
    till.driver.onRequest = () => {};
    await till.clock.advance(6000);
    assert.equal((await till.outcome).progress.state, "cancelled");
    assert.equal(till.kept(), 0);
});

test("a cancel that the machine refuses can be asked for again", async () => {
    const till = await running();
    const { DriverError } = await import("@pos_smartcash_terminal/app/driver/driver");
    till.driver.onRequest = (method) => {
        if (method === "cancel") {
            throw new DriverError("not_started", "Not now.", { code: "not_now" });
        }
    };
    assert.equal(await till.runner.cancel(), false);
    assert.equal(till.view.canCancel, true);
    assert.ok(till.view.messages.some((message) => message.text === "Not now."));
});

test("money that is falling cannot be cancelled", async () => {
    const till = new Till();
    till.machine.slow = true;
    till.runner.run(refund());
    await settled();
    assert.equal(till.view.stage, "dispensing");
    assert.equal(till.view.canCancel, false);
    assert.equal(await till.runner.cancel(), false);
    assert.equal(till.driver.calls("cancel").length, 0);
});

test("accept keeps what is in as a partial payment", async () => {
    const till = await running();
    till.machine.insert(UUID, 500);
    await till.clock.advance(200);
    assert.ok(till.view.canAccept);
    assert.equal(till.runner.accept(), till.runner.accept());
    await settled();
    const outcome = await till.outcome;
    assert.equal(outcome.result, "partial");
    assert.equal(outcome.lineAmount, 500);
    assert.equal(till.driver.calls("accept").length, 1);
});

test("accept with nothing inserted asks nothing", async () => {
    const till = await running();
    assert.equal(await till.runner.accept(), false);
    assert.equal(till.driver.calls("accept").length, 0);
});

test("a machine that forgot a known operation leaves it unknown, not failed", async () => {
    const till = await running();
    till.machine.insert(UUID, 500);
    await till.clock.advance(200);
    till.machine.operations.clear();
    await till.clock.advance(2000);
    const outcome = await till.outcome;
    assert.equal(outcome.result, "unknown");
    assert.equal(outcome.lineAmount, 500);
});

test("unknown keeps the line, says what to do, and can be checked until it is known", async () => {
    const till = await running();
    const op = till.machine.operations.get(UUID);
    till.machine.insert(UUID, 500);
    op.state = "unknown";
    op.phase = "ended";
    await till.clock.advance(1000);
    assert.equal((await till.outcome).result, "unknown");
    assert.ok(till.view.canCheck);
    assert.match(till.view.messages.at(-1).text, /Don't start again/);
    await settled();
    assert.equal(till.row.state, "unknown");

    till.driver.onRequest = cut;
    assert.equal((await till.runner.check()).result, "unknown");
    till.driver.onRequest = () => {};
    assert.equal((await till.runner.check()).result, "unknown");
    op.out = 200;
    assert.equal((await till.runner.check()).result, "unknown");
    await settled();
    assert.equal(till.row.amountOut, 200, "Odoo hears of what is known of it");
    op.state = "cancelled";
    op.out = 500;
    const checked = await till.runner.check();
    assert.equal(checked.result, "nothing");
    assert.equal(till.view.result, "nothing");
    await settled();
    assert.equal(till.row.state, "cancelled");
    assert.equal(await till.runner.check(), checked);
});

test("what happens on the way is in the ledger's story, without holding up the end", async () => {
    const till = await running();
    till.machine.insert(UUID, 500);
    await till.clock.advance(1500);
    assert.equal(till.row.amountIn, 500);
    assert.equal(till.row.state, "running");
    till.machine.insert(UUID, 490);
    await till.clock.advance(500);
    assert.equal(till.row.state, "done");
    assert.deepEqual(till.ledger.problems(), []);
});

test("an answer to accept that comes after the end shows nothing more", async () => {
    const till = await running({ push: true });
    till.machine.insert(UUID, 500);
    let answer;
    till.driver.onAnswer = () => new Promise((resolve) => (answer = resolve));
    const accepted = till.runner.accept();
    const outcome = await till.outcome;
    assert.equal(outcome.result, "partial");
    const shown = till.views.length;
    answer();
    assert.equal(await accepted, true);
    assert.equal(till.views.length, shown, "the dialog has gone: a view would bring it back");
});
