import assert from "node:assert/strict";
import { test } from "node:test";

import { byHandUuid } from "@pos_smartcash_terminal/app/common/uuid";
import { unreachable } from "./support/machine.mjs";
import { ConnectionLostError } from "./support/odoo.mjs";
import { Till, UUID, refund, sale } from "./support/till.mjs";
import { settled } from "./support/time.mjs";

const never = () => new Promise(() => {});

/** A till whose page dies at `where`, seen by the request that never comes back. */
async function diedAt(where, method) {
    const till = new Till();
    till[where].onRequest = (name) => (name === method ? never() : undefined);
    if (where === "odoo") {
        const { call } = till.odoo;
        till.ledger._call = (model, name, args) =>
            name === method ? never() : call(model, name, args);
    }
    till.runner.run(sale());
    await settled();
    till.odoo.onRequest = () => {};
    till.reload();
    return till;
}

test("reload while Odoo is asked: nothing was started, and nothing is", async () => {
    const till = await diedAt("odoo", "register");
    const outcome = till.runner.resume(sale());
    assert.equal(till.view.resumed, true);
    await till.clock.advance(2000);
    assert.equal((await outcome).result, "nothing");
    assert.equal(till.machine.starts.length, 0);
    await till.clock.advance(2000);
    assert.deepEqual(till.ledger.storedOperations(), []);
    assert.equal(till.ledger.waiting, 0, "Odoo never had the row: nothing to complain about");
});

test("reload while Odoo is asked, which hears it when the page has given up: nothing is left running", async () => {
    const till = new Till();
    const { call } = till.odoo;
    let arrive;
    till.ledger._call = (model, method, args) =>
        method === "register"
            ? new Promise(() => (arrive = () => call(model, method, args)))
            : call(model, method, args);
    till.runner.run(sale());
    await settled();
    till.reload();
    const outcome = till.runner.resume(sale());
    await till.clock.advance(4000);
    assert.equal((await outcome).refusal.code, "not_started");
    await arrive();
    assert.equal(till.row.state, "failed");
    assert.equal(till.ledger.waiting, 0);
});

test("Odoo hears it just when it is told that nothing was started: it is told again", async () => {
    const till = new Till();
    const { call } = till.odoo;
    let arrive;
    till.ledger._call = (model, method, args) =>
        method === "register"
            ? new Promise(() => (arrive = () => call(model, method, args)))
            : call(model, method, args);
    till.runner.run(sale());
    await settled();
    till.reload();
    till.odoo.onAnswer = (method) => {
        if (method === "report" && arrive) {
            till.odoo.onAnswer = () => {};
            till.odoo._register(till.ledger._registration(sale()));
        }
    };
    till.runner.resume(sale());
    await till.clock.advance(10000);
    assert.equal(till.row.state, "failed");
    assert.equal(till.ledger.waiting, 0);
    assert.deepEqual(till.ledger.problems(), []);
});

test("Odoo answers too late and has the row all the same: a payout without it is left nowhere", async () => {
    const till = new Till();
    const { call } = till.odoo;
    let arrive;
    till.ledger._call = (model, method, args) =>
        method === "register" && !args[0].withdrawn
            ? new Promise(() => (arrive = () => call(model, method, args)))
            : call(model, method, args);
    const outcome = till.runner.run(refund());
    await till.clock.advance(20000);
    assert.equal((await outcome).refusal.code, "odoo_unreachable");
    await arrive();
    assert.equal(till.row.state, "failed");
    assert.equal(till.ledger.waiting, 0);
});

test("Odoo would not have had it either: nothing is told about a start that never was", async () => {
    const till = await diedAt("odoo", "register");
    till.odoo.refusals.register = { code: "right_missing", message: "You may not." };
    till.runner.resume(sale());
    await till.clock.advance(4000);
    assert.equal(till.row, undefined);
    assert.equal(till.ledger.waiting, 0);
    assert.deepEqual(till.ledger.problems(), []);
});

test("a second tab said that nothing was started: the first one starts nothing any more", async () => {
    const till = new Till();
    const { call } = till.odoo;
    let answer;
    till.ledger._call = async (model, method, args) => {
        const row = await call(model, method, args);
        return method === "register"
            ? new Promise((resolve) => (answer = () => resolve(row)))
            : row;
    };
    const first = till.runner.run(sale());
    await settled();
    const second = till.secondTab().resume(sale());
    await till.clock.advance(2000);
    assert.equal((await second).refusal.code, "not_started");
    answer();
    assert.equal((await first).refusal.code, "not_started");
    await settled();
    assert.equal(till.machine.starts.length, 0);
    assert.equal(till.row.state, "failed");
});

test("a second tab does not call unstarted what the first one is starting", async () => {
    const till = new Till();
    const { start } = till.driver;
    let arrive;
    till.driver.start = (op) =>
        new Promise((resolve) => (arrive = () => resolve(start.call(till.driver, op))));
    till.runner.run(sale());
    await settled();
    const second = till.secondTab();
    second.resume(sale());
    await till.clock.advance(5000);
    assert.equal(second.view.result, null);
    arrive();
    await till.clock.advance(2000);
    assert.equal(second.view.stage, "accepting");
    assert.equal(till.row.state, "running");
});

/** Two tabs; what the second one asks Odoo was answered before the first one starts, and arrives later. */
async function startedWhileOdooIsAsked() {
    const till = new Till();
    const { call } = till.odoo;
    const held = {};
    till.odoo.call = async (model, method, args) => {
        const answer = await call(model, method, args);
        return ["register", "lookup"].includes(method)
            ? new Promise((resolve, reject) => {
                  held[method] = () => resolve(answer);
                  held.fail = () => reject(new ConnectionLostError("no connection"));
              })
            : answer;
    };
    till.reload();
    const first = till.runner.run(sale());
    await settled();
    const second = till.secondTab();
    const there = second.resume(sale());
    await till.clock.advance(2000);
    assert.ok(held.lookup, "the machine does not know it, and Odoo is asked");
    held.register();
    await settled();
    assert.equal(till.machine.starts.length, 1);
    return { till, first, second, there, answer: held.lookup, fail: held.fail };
}

test("a second tab asks Odoo while the first one starts: its answer is out of date", async () => {
    const { till, first, second, there, answer } = await startedWhileOdooIsAsked();
    answer();
    await till.clock.advance(1000);
    assert.equal(second.view.result, null);
    assert.equal(till.row.state, "running");
    till.machine.insert(UUID, 990);
    await till.clock.advance(6000);
    assert.equal((await first).result, "paid");
    assert.equal((await there).result, "paid");
    assert.equal(till.row.amountIn, 990);
});

test("a second tab whose question found Odoo away: what was true before it asked is not taken", async () => {
    const { till, second, fail } = await startedWhileOdooIsAsked();
    fail();
    await till.clock.advance(1000);
    assert.equal(second.view.result, null);
    assert.equal(till.row.state, "running");
});

test("a second tab waits as long as the driver says that a start lasts", async () => {
    const till = new Till();
    Object.defineProperty(till.driver, "startLasts", { value: 18000 });
    const { start } = till.driver;
    till.driver.start = async (op) => {
        await new Promise((resolve) => till.clock.setTimeout(resolve, 17000));
        return start.call(till.driver, op);
    };
    till.runner.run(sale());
    await settled();
    const second = till.secondTab();
    const there = second.resume(sale());
    await till.clock.advance(16000);
    assert.equal(second.view.result, null, "the first tab's start is under way");
    await till.clock.advance(3000);
    assert.equal(second.view.stage, "accepting");
    till.machine.insert(UUID, 990);
    await till.clock.advance(6000);
    assert.equal((await there).result, "paid");
});

test("the wait is counted from the last request of a start", async () => {
    const till = new Till();
    const { start } = till.driver;
    till.driver.start = async (op, { onRequest }) => {
        for (let request = 0; request < 3; request++) {
            onRequest();
            await new Promise((resolve) => till.clock.setTimeout(resolve, 14000));
        }
        return start.call(till.driver, op);
    };
    till.runner.run(sale());
    await settled();
    const second = till.secondTab();
    second.resume(sale());
    await till.clock.advance(41000);
    assert.equal(second.view.result, null);
    await till.clock.advance(2000);
    assert.equal(second.view.stage, "accepting");
});

test("a start that another tab took for gone sends no further request", async () => {
    const till = new Till();
    const { start } = till.driver;
    till.driver.start = async (op, { onRequest }) => {
        onRequest();
        // A page that was frozen: its clock did not run.
        await new Promise((resolve) => till.clock.setTimeout(resolve, 60000));
        onRequest();
        return start.call(till.driver, op);
    };
    const first = till.runner.run(sale());
    await settled();
    const second = till.secondTab().resume(sale());
    await till.clock.advance(61000);
    assert.equal((await second).result, "nothing");
    assert.equal((await first).result, "nothing");
    assert.equal(till.machine.starts.length, 0, "and nothing is");
});

test("machine and browser have forgotten: Odoo knows the end, and is asked before a no", async () => {
    const till = new Till();
    const outcome = till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 990);
    await till.clock.advance(1000);
    await outcome;
    await till.ledger.flush();
    till.machine.operations.clear();
    till.storage._items.clear();
    till.reload();
    const again = await Promise.race([till.runner.resume(sale()), till.clock.advance(20000)]);
    assert.equal(again.result, "unknown", "its end is asked of Odoo, by whoever resumes it");
    assert.equal(till.row.state, "done");
});

test("machine and browser have forgotten, and Odoo does not answer: open, with words", async (t) => {
    t.mock.method(console, "warn", () => {});
    const till = new Till();
    till.odoo.reachable = false;
    const outcome = till.runner.resume(sale());
    await till.clock.advance(30000);
    assert.equal(till.view.result, null);
    assert.match(till.view.messages.at(-1).text, /Odoo cannot be asked.*don't start again/);
    assert.ok(till.view.canStopWaiting);
    assert.ok(till.odoo.log.length < 12, "not at every look");
    till.odoo.reachable = true;
    await till.clock.advance(10000);
    assert.equal((await outcome).result, "nothing", "Odoo has never heard of it either");
});

test("what another till registered a moment ago may still start", async () => {
    const till = new Till();
    await till.odoo.call("smartcash.operation", "register", [sale()]);
    till.odoo.unheardFor = 30;
    const outcome = till.runner.resume(sale());
    await till.clock.advance(20000);
    assert.equal(till.view.result, null);
    till.odoo.unheardFor = 121;
    await till.clock.advance(10000);
    assert.equal((await outcome).result, "nothing");
});

test("reload before the start arrived: nothing, and the row is closed", async () => {
    const till = await diedAt("driver", "start");
    const outcome = till.runner.run(sale());
    await till.clock.advance(14000);
    assert.equal(till.view.result, null, "the request may still arrive");
    await till.clock.advance(2000);
    assert.equal((await outcome).result, "nothing");
    assert.equal(till.machine.starts.length, 0, "run() after a reload resumes, it does not start");
    await settled();
    assert.equal(till.row.state, "failed");
});

test("reload while the customer pays: the same dialog goes on", async () => {
    const till = new Till();
    till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 500);
    await till.clock.advance(300);
    till.reload();
    const outcome = till.runner.resume(sale());
    assert.equal(till.view.stage, "accepting");
    assert.equal(till.view.inserted, 500);
    assert.equal(till.view.resumed, true);
    till.machine.insert(UUID, 490);
    await till.clock.advance(1000);
    assert.equal((await outcome).result, "paid");
    assert.deepEqual(till.machine.starts, [UUID]);
});

test("reload while change falls, ended meanwhile: the result is found", async () => {
    const till = new Till();
    till.machine.slow = true;
    till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 2000);
    await till.clock.advance(500);
    till.reload();
    till.machine.finish(UUID);
    const outcome = await till.runner.resume(sale());
    assert.equal(outcome.result, "paid");
    assert.equal(outcome.lineAmount, 990);
});

test("reload after the end and before Odoo knew it: outcome at once, one report", async () => {
    const till = new Till({ push: true });
    till.runner.run(sale());
    await settled();
    till.odoo.reachable = false;
    till.machine.insert(UUID, 990);
    await settled();
    till.reload();
    till.odoo.reachable = true;
    const outcome = await till.runner.resume(sale());
    assert.equal(outcome.result, "paid");
    assert.equal(till.driver.log.length, 0, "the browser knows; nobody is asked");
    await till.ledger.flush();
    assert.equal(till.row.state, "done");
    assert.equal(till.odoo.calls("report").filter((c) => c.args[1].state === "done").length, 1);
    assert.equal(till.ledger.storedOperation(UUID), null);
});

test("resume without any memory of the operation asks the machine", async () => {
    const till = new Till();
    await till.odoo.call("smartcash.operation", "register", [sale()]);
    till.machine.start(sale());
    till.machine.insert(UUID, 990);
    const outcome = await till.runner.resume(sale());
    assert.equal(outcome.result, "paid");
    await settled();
    assert.equal(till.row.state, "done");
});

test("resume while the machine is away waits for it", async () => {
    const till = new Till();
    till.runner.run(sale());
    await settled();
    till.reload();
    till.driver.onRequest = () => {
        throw unreachable();
    };
    const outcome = till.runner.resume(sale());
    await till.clock.advance(30000);
    assert.equal(till.view.stage, "lost");
    assert.equal(till.view.result, null);
    till.driver.onRequest = () => {};
    till.machine.insert(UUID, 990);
    await till.clock.advance(6000);
    assert.equal((await outcome).result, "paid");
});

test("resume twice watches once", async () => {
    const till = new Till();
    till.runner.run(sale());
    await settled();
    till.reload();
    assert.equal(till.runner.resume(sale()), till.runner.resume(sale()));
});

test("reload of an unknown outcome asks once more before it says unknown", async () => {
    const till = new Till();
    till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 500);
    const op = till.machine.operations.get(UUID);
    Object.assign(op, { state: "unknown", phase: "ended" });
    await till.clock.advance(1000);
    till.reload();
    assert.equal((await till.runner.resume(sale())).result, "unknown");
    till.reload();
    Object.assign(op, { state: "done", out: 0, amount: 500 });
    const outcome = await till.runner.resume(sale());
    assert.equal(outcome.result, "partial");
    assert.equal(outcome.lineAmount, 500);
    await settled();
    assert.equal(till.row.state, "done");
});

async function shortOfChange(options) {
    const till = new Till(options);
    till.machine.cannotPay = 5000;
    till.outcome = till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 5000);
    await till.clock.advance(500);
    return till;
}

test("change that the machine cannot give is handed over and booked before the run ends", async () => {
    const till = await shortOfChange();
    assert.deepEqual(till.view.byHand, { amount: 4010 });
    assert.equal(till.view.stage, "ended");
    assert.equal(till.view.result, "shortfall");
    assert.equal(till.runner.busy, true, "it cannot be missed");
    assert.equal(till.view.lineAmount, 5000);
    assert.equal(till.runner.handedOver(), true);
    const outcome = await till.outcome;
    assert.equal(outcome.result, "shortfall");
    assert.equal(outcome.lineAmount, 990);
    assert.equal(till.view.byHand, null);
    await settled();
    const [values] = till.odoo.calls("register").at(-1).args;
    assert.equal(values.uuid, byHandUuid(UUID));
    assert.equal(values.parent_uuid, UUID);
    assert.equal(values.manual, true);
    assert.equal(values.kind, "refund");
    assert.equal(values.amount, 4010);
    const methods = till.odoo.log.map((entry) => entry.method);
    assert.ok(methods.lastIndexOf("report") < methods.lastIndexOf("register"), "parent first");
});

test("handed over pressed twice books once", async () => {
    const till = await shortOfChange();
    assert.equal(till.runner.handedOver(), true);
    assert.equal(till.runner.handedOver(), false);
    await settled();
    assert.equal(till.odoo.calls("register").length, 2);
});

test("handed over without Odoo is booked later, after its parent", async () => {
    const till = await shortOfChange();
    till.odoo.reachable = false;
    till.runner.handedOver();
    assert.equal((await till.outcome).lineAmount, 990);
    await settled();
    till.reload();
    till.odoo.reachable = true;
    await till.ledger.flush();
    assert.equal(till.odoo.rows.get(byHandUuid(UUID)).values.amount, 4010);
});

test("a reload asks for the hand-over again, until it was done", async () => {
    const till = await shortOfChange();
    await till.ledger.flush();
    till.reload();
    assert.deepEqual(
        till.ledger.storedOperations().map((row) => row.uuid),
        [UUID]
    );
    const outcome = till.runner.resume(sale());
    assert.deepEqual(till.view.byHand, { amount: 4010 });
    till.runner.handedOver();
    assert.equal((await outcome).lineAmount, 990);
    await till.ledger.flush();

    till.reload();
    const again = await till.runner.resume(sale());
    assert.equal(again.lineAmount, 990);
    assert.equal(till.view.byHand, null, "never asked to pay twice");
    await till.ledger.flush();
    const manual = [...till.odoo.rows.values()].filter((row) => row.values.manual);
    assert.equal(manual.length, 1, "and booked once");
    assert.deepEqual(till.ledger.storedOperations(), []);
});

test("what another browser handed over is not asked for again", async () => {
    const till = await shortOfChange();
    await till.ledger.flush();
    const other = new Till();
    Object.assign(other, { odoo: till.odoo, machine: till.machine });
    other.reload();
    const elsewhere = other.runner.resume(sale());
    await other.clock.advance(2000);
    assert.equal(other.runner.handedOver(), true);
    await elsewhere;
    await other.ledger.flush();

    till.reload();
    const outcome = await till.runner.resume(sale());
    assert.equal(outcome.lineAmount, 990);
    assert.equal(till.view.byHand, null);
    await till.ledger.flush();
    const manual = [...till.odoo.rows.values()].filter((row) => row.values.manual);
    assert.equal(manual.length, 1);
});

test("a tab hears that another tab has handed over", async () => {
    const till = await shortOfChange();
    await till.ledger.flush();
    const second = till.secondTab();
    const there = second.resume(sale());
    assert.equal(second.handedOver(), true);
    await there;
    assert.deepEqual(till.view.byHand, { amount: 4010 });
    await till.runner.recall();
    assert.equal((await till.outcome).lineAmount, 990);
    assert.equal(till.view.byHand, null);
});

test("without Odoo's word a resumed hand-over is still asked for", async () => {
    const till = await shortOfChange();
    await till.ledger.flush();
    till.reload();
    till.odoo.reachable = false;
    till.runner.resume(sale());
    await till.clock.advance(15000);
    assert.deepEqual(till.view.byHand, { amount: 4010 });
});

test("a page that died between remembering and booking a hand-over books it on return", async () => {
    const till = await shortOfChange();
    await till.ledger.flush();
    till.ledger.saveOperation({ uuid: UUID, handedOver: true });
    till.reload();
    await till.runner.resume(sale());
    await till.ledger.flush();
    assert.equal(till.odoo.rows.get(byHandUuid(UUID)).values.amount, 4010);
});

test("a page that died between remembering and reporting an end reports it on return", async () => {
    const till = new Till();
    await till.odoo.call("smartcash.operation", "register", [sale()]);
    till.machine.start(sale());
    till.machine.insert(UUID, 990);
    const progress = till.machine.tell(UUID);
    till.ledger.saveOperation({ uuid: UUID, op: sale(), phase: "ended", progress });
    till.reload();
    assert.equal((await till.runner.resume(sale())).result, "paid");
    await till.ledger.flush();
    assert.equal(till.row.state, "done");
});

test("an unknown that becomes known without Odoo is remembered until Odoo has it", async () => {
    const till = new Till();
    const outcome = till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 500);
    const op = till.machine.operations.get(UUID);
    Object.assign(op, { state: "unknown", phase: "ended" });
    await till.clock.advance(1000);
    assert.equal((await outcome).result, "unknown");
    assert.deepEqual(till.ledger.storedOperations(), [], "Odoo has it as unknown");
    till.odoo.reachable = false;
    Object.assign(op, { state: "cancelled", out: 500 });
    await till.runner.check();
    await settled();
    till.reload();
    assert.equal(till.ledger.storedOperations().length, 1);
    till.odoo.reachable = true;
    await till.ledger.flush();
    assert.equal(till.row.state, "cancelled");
});

test("a cancel that cannot give everything back is settled by hand", async () => {
    const till = new Till();
    till.machine.cannotPay = 500;
    const outcome = till.runner.run(sale());
    await settled();
    till.machine.insert(UUID, 500);
    await till.clock.advance(200);
    await till.runner.cancel();
    await till.clock.advance(200);
    assert.deepEqual(till.view.byHand, { amount: 500 });
    till.runner.handedOver();
    assert.equal((await outcome).lineAmount, 0);
});

test("a refund that comes out short is completed by hand", async () => {
    const till = new Till();
    till.machine.cannotPay = 230;
    const outcome = till.runner.run(refund());
    await settled();
    assert.deepEqual(till.view.byHand, { amount: 230 });
    till.runner.handedOver();
    assert.equal((await outcome).lineAmount, -1230);
});

test("a refund of which nothing came out is nothing, and asks nobody to pay", async () => {
    const till = new Till();
    till.machine.cannotPay = 1230;
    const outcome = await till.runner.run(refund());
    assert.equal(outcome.result, "nothing");
    assert.equal(till.view.byHand, null);
});
