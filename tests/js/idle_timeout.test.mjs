import assert from "node:assert/strict";
import { test } from "node:test";

import { IdleTimeout, freedMessage } from "@pos_smartcash_terminal/app/operation/idle_timeout";
import { Till, UUID, sale } from "./support/till.mjs";
import { settled } from "./support/time.mjs";

const MINUTE = 60000;

/** A till whose service frees the machine after so many minutes. */
async function running({ minutes = 5, op = sale(), ...options } = {}) {
    const till = new Till(options);
    const idle = new IdleTimeout({
        minutes,
        clock: till.clock,
        cancel: () => till.runner.cancel(),
    });
    const before = till.runner._onChange;
    till.runner._onChange = (view) => {
        idle.hear(view);
        return before(view);
    };
    till.outcome = till.runner.run(op);
    await settled();
    return Object.assign(till, { idle, end: () => idle.explain(till.runner.view) });
}

const cancels = (till) => till.driver.calls("cancel").length;

test("nobody pays: the machine is freed after the device's time, and it is said", async () => {
    const till = await running();
    await till.clock.advance(5 * MINUTE - 2000);
    assert.equal(cancels(till), 0);
    await till.clock.advance(4000);
    assert.equal(cancels(till), 1);
    const { result } = await till.outcome;
    assert.equal(result, "nothing");
    assert.equal(till.machine.running, null);
    assert.equal(freedMessage(till.end()).code, "nobody_paid");
});

test("each piece gives the customer the whole time again; then all comes back", async () => {
    const till = await running();
    const before = till.machine.cash;
    await till.clock.advance(4 * MINUTE);
    till.machine.insert(UUID, 500);
    await till.clock.advance(4 * MINUTE);
    assert.equal(cancels(till), 0);
    await till.clock.advance(MINUTE + 2000);
    const { result, lineAmount } = await till.outcome;
    assert.deepEqual([result, lineAmount], ["nothing", 0]);
    assert.equal(till.machine.cash, before);
    assert.equal(freedMessage(till.end()).code, "payment_abandoned");
});

test("what cannot be given back is handed over, and nothing is hidden", async () => {
    const till = await running();
    till.machine.cannotPay = 500;
    till.machine.insert(UUID, 500);
    await till.clock.advance(5 * MINUTE + 4000);
    const view = till.end();
    assert.deepEqual([view.result, view.byHand], ["shortfall", { amount: 500 }]);
    assert.equal(freedMessage(view).code, "payment_abandoned");
});

test("whoever pays in the last moment has paid, and no word about leaving is said", async () => {
    const till = await running();
    till.driver.cancel = async (op) => {
        till.machine.insert(UUID, op.amount);
        return till.machine.tell(UUID);
    };
    await till.clock.advance(5 * MINUTE + 4000);
    const { result } = await till.outcome;
    assert.equal(result, "paid");
    assert.equal(freedMessage(till.end()), undefined);
});

test("a device without a time waits for ever", async () => {
    const till = await running({ minutes: 0 });
    await till.clock.advance(600 * MINUTE);
    assert.equal(cancels(till), 0);
});

test("money of a deposit without an amount is left to who puts it in", async () => {
    const views = [];
    const cancelled = [];
    const till = new Till();
    const idle = new IdleTimeout({
        minutes: 5,
        clock: till.clock,
        cancel: () => cancelled.push(views.at(-1).inserted),
    });
    const hear = (values) => {
        views.push({ stage: "accepting", canCancel: true, due: 0, messages: [], ...values });
        idle.hear(views.at(-1));
    };
    hear({ kind: "fill", inserted: 500 });
    await till.clock.advance(20 * MINUTE);
    assert.deepEqual(cancelled, []);
    hear({ kind: "exchange", inserted: 500 });
    await till.clock.advance(6 * MINUTE);
    hear({ kind: "fill", inserted: 0 });
    await till.clock.advance(6 * MINUTE);
    assert.deepEqual(cancelled, [500, 0]);
    hear({ kind: "sale", due: 990, inserted: 0, canCancel: false });
    hear({ kind: "sale", due: 990, inserted: 0, stage: "lost" });
    await till.clock.advance(20 * MINUTE);
    assert.equal(cancelled.length, 2, "who cannot be cancelled now is not");
    hear({ kind: "sale", due: 990, inserted: 0 });
    idle.stop();
    await till.clock.advance(20 * MINUTE);
    assert.equal(cancelled.length, 2);
});

test("a machine that does not want to be cancelled is asked again after the same time", async () => {
    const till = await running();
    const cancel = till.driver.cancel.bind(till.driver);
    let asked = 0;
    till.driver.cancel = (op) => {
        asked += 1;
        if (asked > 1) {
            return cancel(op);
        }
        throw Object.assign(new Error("no"), { code: "x" });
    };
    await till.clock.advance(30 * MINUTE);
    assert.equal((await till.outcome).result, "nothing");
});
