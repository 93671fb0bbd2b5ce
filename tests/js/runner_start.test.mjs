import assert from "node:assert/strict";
import { test } from "node:test";

import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import { unreachable } from "./support/machine.mjs";
import { OTHER_UUID, Till, UUID, refund, sale } from "./support/till.mjs";
import { settled } from "./support/time.mjs";

test("a sale paid exactly ends as paid, with the machine's signature in the ledger", async () => {
    const till = new Till();
    const outcome = till.runner.run(sale());
    await settled();
    assert.equal(till.view.stage, "accepting");
    till.machine.insert(UUID, 990);
    await till.clock.advance(200);
    assert.deepEqual(
        { ...(await outcome), progress: null },
        { uuid: UUID, result: "paid", lineAmount: 990, owed: 0, progress: null, refusal: null }
    );
    await settled();
    assert.equal(till.row.state, "done");
    assert.equal(till.row.signature, `signed:${UUID}`);
    assert.equal(till.ledger.waiting, 0);
    assert.equal(till.ledger.storedOperation(UUID), null);
});

test("before a run the view is there to be drawn", () => {
    const { view } = new Till();
    assert.equal(view.stage, "registering");
    assert.equal(view.result, null);
});

test("the amounts on screen follow the coins", async () => {
    const till = new Till();
    till.machine.slow = true;
    till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 500);
    await till.clock.advance(200);
    assert.equal(till.view.inserted, 500);
    assert.equal(till.view.remaining, 490);
    assert.equal(till.view.change, 0);
    assert.ok(till.view.canAccept);
    till.machine.insert(UUID, 1500);
    await till.clock.advance(1000);
    assert.equal(till.view.stage, "dispensing");
    assert.equal(till.view.remaining, 0);
    assert.equal(till.view.change, 1010);
    assert.ok(!till.view.canCancel);
});

test("the operation is in storage before the first request leaves", async () => {
    const till = new Till();
    let stored = null;
    till.odoo.onRequest = (method) => {
        if (method === "register") {
            stored = till.ledger.storedOperation(UUID);
        }
    };
    till.runner.run(sale());
    await settled();
    assert.equal(stored.op.amount, 990);
    assert.equal(stored.phase, "new");
});

test("a browser that stores nothing starts nothing", async () => {
    const till = new Till();
    till.storage.full = true;
    const outcome = await till.runner.run(sale());
    assert.equal(outcome.result, "nothing");
    assert.equal(outcome.refusal.code, "storage_refused");
    assert.equal(till.odoo.log.length, 0);
    assert.equal(till.machine.starts.length, 0);
});

test("Odoo has the row before the machine hears of the sale", async () => {
    const till = new Till();
    let rowAtStart = null;
    let storedAtStart = null;
    till.driver.onRequest = (method) => {
        if (method === "start") {
            rowAtStart = till.odoo.rows.get(UUID);
            storedAtStart = till.ledger.storedOperation(UUID);
        }
    };
    till.runner.run(sale());
    await settled();
    assert.ok(rowAtStart);
    assert.equal(storedAtStart.phase, "starting");
    const [values] = till.odoo.calls("register")[0].args;
    assert.deepEqual(values, {
        uuid: UUID,
        kind: "sale",
        amount: 990,
        currency: "EUR",
        session_id: 5,
        payment_method_id: 7,
        device_id: null,
        order_uid: "00001-001-0001",
        order_name: "Order 00001-001-0001",
        partner_id: null,
        cashier: "Mitchell",
        allow_partial: true,
        reference: "Order 00001-001-0001",
        manual: false,
        parent_uuid: null,
        refunded_line_ids: [],
    });
});

test("a refused registration starts nothing and says why", async () => {
    const till = new Till();
    till.odoo.refusals.register = { code: "right_missing", message: "Ask your manager." };
    const outcome = await till.runner.run(refund());
    assert.equal(outcome.result, "nothing");
    assert.deepEqual(outcome.refusal, { code: "right_missing", message: "Ask your manager." });
    assert.deepEqual(till.view.refusal, outcome.refusal);
    assert.equal(till.driver.log.length, 0);
    assert.deepEqual(till.ledger.storedOperations(), []);
});

test("a payout starts with the token that Odoo issued for it", async () => {
    const till = new Till();
    const outcome = await till.runner.run(refund());
    assert.equal(outcome.result, "paid");
    assert.equal(outcome.lineAmount, -1230);
    assert.equal(till.driver.calls("start")[0].op.token, `op-${UUID}`);
    assert.ok(!JSON.stringify([...till.storage._items]).includes(`op-${UUID}`));
});

test("without Odoo a sale goes on, and the ledger gets register before report", async () => {
    const till = new Till();
    till.odoo.reachable = false;
    const outcome = till.runner.run(sale());
    await settled();
    assert.equal(till.view.stage, "accepting");
    till.machine.insert(UUID, 2000);
    await till.clock.advance(300);
    assert.equal((await outcome).result, "paid");
    assert.equal(till.odoo.log.length, 0);
    till.odoo.reachable = true;
    await till.clock.advance(60000);
    const order = till.odoo.log.map((entry) => entry.method);
    assert.deepEqual(order, ["register", "report"]);
    assert.equal(till.row.amountIn, 2000);
    assert.equal(till.row.amountOut, 1010);
});

test("a register that never comes back counts as Odoo unreachable", async () => {
    const till = new Till();
    const { call } = till.odoo;
    till.ledger._call = (model, method, args) =>
        method === "register" ? new Promise(() => {}) : call(model, method, args);
    till.runner.run(sale());
    await till.clock.advance(9000);
    assert.equal(till.view.stage, "registering");
    await till.clock.advance(1500);
    assert.equal(till.view.stage, "accepting");
});

test("without Odoo nothing is paid out, and the till says so", async () => {
    const till = new Till();
    till.odoo.reachable = false;
    const outcome = await till.runner.run(refund());
    assert.equal(outcome.result, "nothing");
    assert.equal(outcome.refusal.code, "odoo_unreachable");
    assert.match(outcome.refusal.message, /Nothing was paid/);
    assert.equal(till.machine.starts.length, 0);
});

test("a registration whose answer was lost does not hold the device for ever", async () => {
    const till = new Till();
    till.odoo.onAnswer = (method) => {
        if (method === "register") {
            throw new Error("connection lost");
        }
    };
    till.runner.run(refund());
    await settled();
    assert.ok(till.row, "the row was written");
    till.odoo.onAnswer = () => {};
    await till.clock.advance(2000);
    assert.equal(till.row.state, "failed");
    assert.equal(till.ledger.waiting, 0);
});

test("without Odoo a device that cannot work offline starts nothing", async () => {
    const till = new Till({ offline: false });
    till.odoo.reachable = false;
    const outcome = await till.runner.run(sale());
    assert.equal(outcome.refusal.code, "odoo_unreachable");
    assert.equal(till.machine.starts.length, 0);
});

test("a device held by an operation that has ended at the machine is freed and used", async () => {
    const till = new Till();
    await till.odoo.call("smartcash.operation", "register", [{ uuid: OTHER_UUID, kind: "sale" }]);
    till.machine.start(sale({ uuid: OTHER_UUID }));
    till.machine.insert(OTHER_UUID, 990);
    till.runner.run(sale());
    await settled();
    assert.equal(till.view.stage, "accepting");
    assert.equal(till.odoo.rows.get(OTHER_UUID).progress.state, "done");
    assert.equal(till.odoo.rows.get(OTHER_UUID).progress.signature, `signed:${OTHER_UUID}`);
    assert.deepEqual(till.machine.starts, [OTHER_UUID, UUID]);
});

test("a device held by an operation that still runs is left alone", async () => {
    const till = new Till();
    await till.odoo.call("smartcash.operation", "register", [{ uuid: OTHER_UUID, kind: "sale" }]);
    till.machine.start(sale({ uuid: OTHER_UUID }));
    const outcome = await till.runner.run(sale());
    assert.equal(outcome.refusal.code, "device_busy");
    assert.equal(outcome.refusal.operation, OTHER_UUID);
    assert.deepEqual(till.machine.starts, [OTHER_UUID]);
    assert.equal(till.odoo.calls("report").length, 0);
});

test("a device held by an operation that it does not know yet is left alone", async () => {
    const till = new Till();
    await till.odoo.call("smartcash.operation", "register", [{ uuid: OTHER_UUID, kind: "sale" }]);
    const outcome = await till.runner.run(sale());
    assert.equal(outcome.refusal.code, "device_busy");
    assert.equal(till.odoo.rows.get(OTHER_UUID).progress.state, "running");
});

test("a device held by an operation that nobody can start any more is freed", async () => {
    const till = new Till();
    const { call } = till.odoo;
    await call("smartcash.operation", "register", [{ uuid: OTHER_UUID, kind: "refund" }]);
    till.odoo.unheardFor = 121;
    till.runner.run(sale());
    await settled();
    assert.equal(till.view.stage, "accepting");
    assert.equal(till.odoo.rows.get(OTHER_UUID).progress.state, "failed");
});

test("registering is tried a second time, not a third", async () => {
    const till = new Till();
    await till.odoo.call("smartcash.operation", "register", [{ uuid: OTHER_UUID, kind: "sale" }]);
    till.machine.start(sale({ uuid: OTHER_UUID }));
    till.machine.insert(OTHER_UUID, 990);
    till.odoo.refusals.register = {
        code: "device_busy",
        message: "busy",
        operation: OTHER_UUID,
    };
    const outcome = await till.runner.run(sale());
    assert.equal(outcome.refusal.code, "device_busy");
    assert.equal(till.odoo.calls("register").length - 1, 2);
});

test("a machine that refuses the start leaves a failed row and no money", async () => {
    const till = new Till();
    till.machine.start(sale({ uuid: OTHER_UUID }));
    const outcome = await till.runner.run(sale());
    assert.equal(outcome.result, "nothing");
    assert.equal(outcome.refusal.code, "device_busy");
    assert.equal(outcome.refusal.operation, OTHER_UUID);
    await settled();
    assert.equal(till.row.state, "failed");
    assert.equal(till.ledger.storedOperation(UUID), null);
});

test("a start whose answer is lost is looked for, not repeated", async () => {
    const till = new Till();
    till.driver.onAnswer = (method) => {
        if (method === "start") {
            throw unreachable();
        }
    };
    const outcome = till.runner.run(sale());
    await settled();
    assert.equal(till.view.stage, "accepting");
    till.machine.insert(UUID, 990);
    await till.clock.advance(1000);
    assert.equal((await outcome).result, "paid");
    assert.deepEqual(till.machine.starts, [UUID]);
});

test("a start that never arrived ends as nothing, after two looks", async () => {
    const till = new Till();
    till.driver.onRequest = (method) => {
        if (method === "start") {
            throw unreachable();
        }
    };
    const outcome = till.runner.run(sale());
    await settled();
    assert.equal(till.view.result, null, "one look may have overtaken the start");
    await till.clock.advance(1000);
    assert.equal((await outcome).result, "nothing");
    assert.equal((await outcome).refusal.code, "not_started");
    assert.equal(till.driver.calls("start").length, 1);
    assert.equal(till.driver.calls("poll").length, 2);
    await settled();
    assert.equal(till.row.state, "failed");
});

test("a start that arrives after the first look is still found", async () => {
    const till = new Till();
    till.driver.onRequest = async (method, op) => {
        if (method === "start") {
            till.clock.setTimeout(() => till.machine.start(op), 300);
            throw unreachable();
        }
    };
    const outcome = till.runner.run(sale());
    await till.clock.advance(1000);
    assert.equal(till.view.stage, "accepting");
    till.machine.insert(UUID, 990);
    await till.clock.advance(1000);
    assert.equal((await outcome).result, "paid");
});

test("a refusal that a pushed message contradicts is looked into", async () => {
    const { DriverError } = await import("@pos_smartcash_terminal/app/driver/driver");
    const till = new Till({ push: true });
    till.driver.onAnswer = (method) => {
        if (method === "start") {
            throw new DriverError("not_started", "no", { code: "bad_amount" });
        }
    };
    const outcome = till.runner.run(sale());
    await settled();
    assert.equal(till.view.stage, "accepting");
    till.machine.insert(UUID, 990);
    assert.equal((await outcome).result, "paid");
});

test("Send twice starts once and answers once", async () => {
    const till = new Till();
    const first = till.runner.run(sale());
    const second = till.runner.run(sale());
    assert.equal(first, second);
    await settled();
    till.machine.insert(UUID, 990);
    await till.clock.advance(300);
    await first;
    assert.equal(till.runner.run(sale()), first);
    assert.deepEqual(till.machine.starts, [UUID]);
    assert.equal(till.odoo.calls("register").length, 1);
});

test("a second sale on a running runner is refused and disturbs nothing", async () => {
    const till = new Till();
    const first = till.runner.run(sale());
    await settled();
    const second = await till.runner.run(sale({ uuid: OTHER_UUID }));
    assert.equal(second.refusal.code, "device_busy");
    assert.equal(second.uuid, OTHER_UUID);
    till.machine.insert(UUID, 990);
    await till.clock.advance(300);
    assert.equal((await first).result, "paid");
});

test("an operation that the ledger knows as ended is not started again", async () => {
    const till = new Till();
    await till.odoo.call("smartcash.operation", "register", [sale()]);
    const progress = makeProgress({ state: "done", amountIn: 990 });
    await till.odoo.call("smartcash.operation", "report", [UUID, progress]);
    const outcome = await till.runner.run(sale());
    assert.equal(outcome.result, "paid");
    assert.equal(till.machine.starts.length, 0);
});

test("a screen that throws does not cost the outcome", async (t) => {
    const warnings = t.mock.method(console, "warn", () => {});
    const till = new Till();
    till.runner._onChange = () => {
        throw new Error("the dialog is broken");
    };
    const outcome = till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 990);
    await till.clock.advance(300);
    assert.equal((await outcome).result, "paid");
    await settled();
    assert.equal(till.row.state, "done");
    assert.ok(warnings.mock.callCount() > 0);
});

test("a screen that fails later does not cost the outcome either", async (t) => {
    t.mock.method(console, "warn", () => {});
    const till = new Till();
    till.runner._onChange = () => Promise.reject(new Error("the dialog is broken"));
    const outcome = till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 990);
    await till.clock.advance(300);
    assert.equal((await outcome).result, "paid");
});

test("the outcome does not wait for Odoo", async () => {
    const till = new Till();
    const outcome = till.runner.run(sale());
    await settled();
    till.odoo.reachable = false;
    till.machine.insert(UUID, 990);
    await till.clock.advance(200);
    assert.equal((await outcome).result, "paid");
    assert.equal(till.row.state, "running");
    till.odoo.reachable = true;
    await till.clock.advance(5000);
    assert.equal(till.row.state, "done");
});
