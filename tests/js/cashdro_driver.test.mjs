import assert from "node:assert/strict";
import { test } from "node:test";

import { CashdroLanDriver } from "@pos_cashdro/app/cashdro_lan_driver";
import { drivers, isOperationUnknown } from "@pos_smartcash_terminal/app/driver/driver";
import { OperationRunner } from "@pos_smartcash_terminal/app/operation/runner";
import { CashdroTill, FakeCashdro } from "./support/cashdro.mjs";
import { FakeOdoo } from "./support/odoo.mjs";
import { OTHER_UUID, UUID, refund, sale } from "./support/till.mjs";

const quiet = (t) => t.mock.method(console, "warn", () => {});

/** A sale that waits for money. */
async function begin(till, op = sale()) {
    const outcome = till.runner.run(op);
    await till.clock.advance(0);
    assert.equal(till.view.stage, "accepting");
    return { outcome };
}

const started = (till) => till.machine.calls("startOperation").length;

test("the driver answers to the payment method's name", () => {
    assert.equal(drivers.get("cashdro"), CashdroLanDriver);
});

test("a sale: start, number on disk, acknowledge, poll, totals, imported", async () => {
    const till = new CashdroTill();
    const { machine } = till;
    let onDisk;
    const seen = machine.fetch;
    till.services.fetch = (url, options) => {
        if (url.includes("acknowledgeOperationId")) {
            onDisk = [...till.storage._items.values()].some((item) => item.includes('"id":"1"'));
        }
        return seen(url, options);
    };
    till.reload();
    const outcome = till.runner.run(sale());
    await till.clock.advance(0);
    assert.ok(onDisk, "before any money can move");
    assert.equal(till.view.stage, "accepting");
    const { params } = machine.calls("startOperation")[0];
    assert.deepEqual(params, {
        operation: "startOperation",
        name: "pos",
        password: "s3 cr&t",
        type: "4",
        posid: "odoo-1",
        posuser: "Mitchell",
        aliasid: UUID,
        parameters: '{"amount":"990"}',
    });
    machine.insert(500);
    await till.clock.advance(400);
    assert.equal(till.view.inserted, 500);
    machine.insert(500);
    machine.finish({ out: 10 });
    await till.clock.advance(400);
    const { result, lineAmount, progress } = await outcome;
    assert.deepEqual([result, lineAmount, progress.amountOut], ["paid", 990, 10]);
    assert.equal(progress.deviceRef, "1");
    assert.equal(machine.operation.isImported, false, "Odoo has to have it first");
    await till.clock.advance(2000);
    assert.equal(machine.operation.isImported, true);
    assert.equal(till.odoo.rows.get(UUID).progress.state, "done");
    assert.equal(
        [...till.storage._items.keys()].filter((key) => key.includes("cashdro")).length,
        0
    );
});

test("the machine's own rounding is paid; an unpaid cent is", async () => {
    for (const [amount, paid, out] of [
        [197, 200, 4],
        [1, 0, 0],
        [101, 100, 0],
    ]) {
        const till = new CashdroTill();
        const outcome = till.runner.run(sale({ amount }));
        await till.clock.advance(0);
        till.machine.insert(paid);
        till.machine.finish({ out });
        await till.clock.advance(400);
        assert.deepEqual([(await outcome).result, (await outcome).lineAmount], ["paid", amount]);
    }
});

test("while money moves the machine is asked four times a second at most", async () => {
    const till = new CashdroTill();
    await begin(till);
    const before = till.machine.requests.length;
    for (let second = 0; second < 10; second++) {
        till.machine.insert(10);
        await till.clock.advance(1000);
    }
    assert.ok(till.machine.requests.length - before <= 40);
});

test("the end is on the line within half a second, whenever it comes", async () => {
    for (let moment = 20000; moment < 21000; moment += 100) {
        const till = new CashdroTill();
        await begin(till);
        await till.clock.advance(moment);
        till.machine.insert(1000);
        till.machine.finish({ out: 10 });
        await till.clock.advance(450);
        assert.equal(till.view.stage, "ended", String(moment));
    }
});

test("every call is a plain GET that needs no preflight and goes nowhere else", async () => {
    const till = new CashdroTill();
    await begin(till);
    await till.clock.advance(1000);
    assert.ok(till.machine.requests.length > 4);
    for (const { options } of till.machine.requests) {
        assert.equal(options.method ?? "GET", "GET");
        assert.equal(options.headers, undefined);
        assert.equal(options.body, undefined);
        assert.equal(options.credentials, "omit");
        assert.equal(options.redirect, "manual");
        assert.equal(options.referrerPolicy, "no-referrer");
    }
});

// Answers that get lost ---------------------------------------------------------------------

for (const lost of ["lostRequests", "lostAnswers"]) {
    test(`a start is never repeated (${lost})`, async (t) => {
        quiet(t);
        const till = new CashdroTill();
        till.machine[lost] = ["startOperation"];
        const outcome = till.runner.run(sale());
        await till.clock.advance(1500);
        assert.equal((await outcome).result, "nothing");
        if (lost === "lostRequests") {
            assert.equal(till.machine.operations.size, 0);
        } else {
            // Nobody sees what was never acknowledged: the machine tells of what runs only.
            assert.equal(till.machine.operation.state, "I", "no money can move");
        }
        await till.clock.advance(12000);
        assert.equal(started(till), 1);
    });
}

test("a start without an answer is found by its alias and goes on", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    till.machine.lostAnswers = ["startOperation"];
    // This machine shows what waits, too.
    till.machine._running = () => till.machine.operation;
    const outcome = till.runner.run(sale());
    await till.clock.advance(1500);
    assert.equal(till.view.stage, "accepting");
    till.machine.insert(990);
    till.machine.finish();
    await till.clock.advance(400);
    assert.equal((await outcome).result, "paid");
    assert.equal(started(till), 1);
});

for (const lost of ["lostRequests", "lostAnswers"]) {
    test(`an acknowledgement that got lost is sent again (${lost})`, async (t) => {
        quiet(t);
        const till = new CashdroTill();
        till.machine[lost] = ["acknowledgeOperationId"];
        const outcome = till.runner.run(sale());
        await till.clock.advance(1000);
        assert.equal(till.machine.operation.state, "E");
        till.machine.insert(990);
        till.machine.finish();
        await till.clock.advance(500);
        assert.equal((await outcome).result, "paid");
        assert.equal(started(till), 1);
    });
}

test("a reload in any phase goes on with the same operation", async (t) => {
    quiet(t);
    for (const phase of ["waiting", "executing", "money inside", "finished"]) {
        const till = new CashdroTill();
        till.machine.silent = phase === "waiting" ? ["acknowledgeOperationId"] : [];
        till.runner.run(sale());
        await till.clock.advance(0);
        if (phase === "money inside") {
            till.machine.insert(500);
            await till.clock.advance(400);
        }
        if (phase === "finished") {
            till.machine.insert(990);
            till.machine.finish();
        }
        till.machine.silent = [];
        till.reload();
        const outcome = till.runner.resume(sale());
        await till.clock.advance(1000);
        if (phase !== "finished") {
            assert.equal(till.view.stage, "accepting", phase);
            till.machine.insert(990 - till.machine.operation.in);
            till.machine.finish();
            await till.clock.advance(500);
        }
        assert.equal((await outcome).result, "paid", phase);
        assert.equal(started(till), 1, phase);
        await till.clock.advance(2500);
        assert.equal(till.machine.operation.isImported, true, phase);
    }
});

test("a second tab does not call unstarted what the first one is sending", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    await till.driver.prepare();
    const { fetch } = till.machine;
    till.services.fetch = async (url, options) => {
        if (url.includes("startOperation")) {
            await new Promise((resolve) => till.clock.setTimeout(resolve, 9000));
        }
        return fetch(url, options);
    };
    till.reload();
    const outcome = till.runner.run(sale());
    await till.clock.advance(100);
    const { device, services } = till.driver;
    const driver = new CashdroLanDriver({ device, services: { ...services, fetch } });
    const second = new OperationRunner({ driver, ledger: till.ledger, clock: till.clock });
    second.resume(sale());
    await till.clock.advance(8000);
    assert.equal(second.view.result, null, "the first tab's request is under way");
    await till.clock.advance(3000);
    assert.equal(second.view.stage, "accepting");
    till.machine.insert(990);
    till.machine.finish();
    await till.clock.advance(1000);
    assert.equal((await outcome).result, "paid");
});

test("what was queued a minute ago and never begun is not begun any more", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    till.machine.silent = ["acknowledgeOperationId"];
    till.runner.run(sale());
    await till.clock.advance(0);
    till.machine.silent = [];
    till.machine.operation.state = "I";
    till.reload();
    till.clock._now += 61000;
    const outcome = till.runner.resume(sale());
    await till.clock.advance(1000);
    const { result, progress } = await outcome;
    assert.deepEqual([result, progress.state], ["nothing", "failed"]);
    assert.match(progress.messages[0].text, /never began this operation. No money moved/);
    assert.equal(till.machine.operation.state, "I");
});

test("a machine that forgot an operation with money inside leaves a question with the amounts", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    const { outcome } = await begin(till);
    till.machine.insert(500);
    await till.clock.advance(400);
    till.machine.operations.clear();
    await till.clock.advance(1000);
    const { result, lineAmount } = await outcome;
    assert.deepEqual([result, lineAmount], ["unknown", 500]);
    // A reload right after the acknowledgement knows no better.
    const other = new CashdroTill();
    other.machine.silent = ["askOperation"];
    other.runner.run(sale());
    await other.clock.advance(0);
    other.machine.silent = [];
    other.machine.operations.clear();
    other.reload();
    const resumed = other.runner.resume(sale());
    await other.clock.advance(3000);
    assert.equal((await resumed).result, "unknown");
});

test("a machine that counts from the beginning again: another operation is not taken for ours", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    const { outcome } = await begin(till);
    till.machine.operations.clear();
    till.machine.add({ state: "F", total: 990, in: 990, aliasid: OTHER_UUID });
    await till.clock.advance(1000);
    assert.equal((await outcome).result, "unknown");
});

test("where aliases are not told, another amount is another operation", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    till.machine.tellsAlias = false;
    const { outcome } = await begin(till);
    till.machine.operations.clear();
    till.machine.add({ state: "F", total: 500, in: 500 });
    await till.clock.advance(1000);
    assert.equal((await outcome).result, "unknown");
});

// The end -------------------------------------------------------------------------------------

test("cancel gives back, accept keeps a part, and the machine's totals decide", async () => {
    const cancelled = new CashdroTill();
    const { outcome: one } = await begin(cancelled);
    cancelled.machine.insert(500);
    await cancelled.clock.advance(400);
    await cancelled.runner.cancel();
    assert.equal(cancelled.machine.operation.ending, 2);
    cancelled.machine.finish({ out: 500 });
    await cancelled.clock.advance(400);
    assert.equal((await one).result, "nothing");

    const accepted = new CashdroTill();
    await begin(accepted);
    accepted.machine.insert(500);
    await accepted.clock.advance(400);
    assert.equal(await accepted.runner.accept(), true);
    assert.equal(accepted.machine.operation.ending, 1);
    accepted.machine.finish();
    await accepted.clock.advance(400);
    const { result, lineAmount } = await accepted.runner.run(sale());
    assert.deepEqual([result, lineAmount], ["partial", 500]);
});

test("a cancel that got lost is repeated, also after a reload", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    await begin(till);
    till.machine.insert(500);
    await till.clock.advance(400);
    till.machine.silent = ["finishOperation"];
    till.runner.cancel();
    await till.clock.advance(0);
    till.machine.silent = [];
    till.reload();
    const outcome = till.runner.resume(sale());
    await till.clock.advance(1000);
    assert.equal(till.machine.operation.ending, 2);
    const asked = till.machine.calls("finishOperation").length;
    await till.clock.advance(2000);
    assert.equal(till.machine.calls("finishOperation").length, asked, "heard: not again");
    till.machine.finish({ out: 500 });
    await till.clock.advance(500);
    const { result, progress } = await outcome;
    assert.deepEqual([result, progress.state], ["nothing", "cancelled"]);
});

test("a cancel that the machine refuses is no wish any more", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    await begin(till);
    till.machine.insert(500);
    await till.clock.advance(400);
    till.machine.codes = { finishOperation: -999 };
    assert.equal(await till.runner.cancel(), false);
    till.machine.codes = {};
    // Finalised at the machine itself.
    till.machine.finish();
    await till.clock.advance(400);
    const { result, lineAmount, progress } = await till.runner.run(sale());
    assert.deepEqual([result, lineAmount, progress.undispensed], ["partial", 500, 0]);
});

test("older software cancels with another word", async () => {
    const till = new CashdroTill();
    await begin(till);
    const answer = till.machine._answer.bind(till.machine);
    till.machine._answer = (call, params) =>
        call === "finishOperation" && params.type === "2" ? [-99] : answer(call, params);
    await till.runner.cancel();
    assert.equal(till.machine.operation.ending, 3);
});

test("a queued operation is cancelled once it can be", async () => {
    const till = new CashdroTill();
    await begin(till);
    till.machine.operation.state = "Q";
    await till.runner.cancel();
    await till.clock.advance(1000);
    assert.equal(till.machine.operation.ending, undefined);
    till.machine.operation.state = "E";
    await till.clock.advance(1000);
    assert.equal(till.machine.operation.ending, 2);
});

test("change that the machine has not got is owed", async () => {
    const till = new CashdroTill();
    await begin(till);
    till.machine.insert(2000);
    till.machine.finish({ out: 10, owed: 1000 });
    await till.clock.advance(400);
    assert.equal(till.view.byHand.amount, 1000);
    till.runner.handedOver();
    assert.equal((await till.runner.run(sale())).lineAmount, 990);
});

test("a refund is paid out with type 3", async () => {
    const till = new CashdroTill();
    const outcome = till.runner.run(refund());
    await till.clock.advance(0);
    assert.equal(till.machine.operation.type, 3);
    assert.equal(till.view.canCancel, false);
    till.machine.finish({ out: 1230 });
    await till.clock.advance(400);
    assert.deepEqual([(await outcome).result, (await outcome).lineAmount], ["paid", -1230]);
});

test("a deposit of any amount has no amount on the wire", async () => {
    const till = new CashdroTill();
    await till.driver.start(sale({ kind: "cash_in", amount: 0 }));
    const { params } = till.machine.calls("startOperation")[0];
    assert.deepEqual([params.type, params.parameters], ["16", "{}"]);
    await till.driver.accept(sale({ kind: "cash_in", amount: 0 }));
    assert.equal(till.machine.operation.ending, 1);
});

// Others ------------------------------------------------------------------------------------

test("a busy machine says who uses it; nothing is started", async () => {
    const till = new CashdroTill();
    till.machine.add({ state: "E", posuser: "Marie", posid: "odoo-7", aliasid: OTHER_UUID });
    const { result, refusal } = await till.runner.run(sale());
    assert.deepEqual(
        [result, refusal.code, refusal.operation],
        ["nothing", "device_busy", OTHER_UUID]
    );
    assert.match(refusal.message, /busy: Marie at odoo-7. Nothing was charged. Wait/);
    assert.equal(started(till), 0);
});

test("what a machine refuses after it has begun is no no: it is looked at", async (t) => {
    quiet(t);
    for (const codes of [{ askOperation: -99 }, { askOperation: -1, doTest: -1 }]) {
        const till = new CashdroTill();
        await till.driver.prepare();
        till.machine.codes = codes;
        const outcome = till.runner.run(sale());
        await till.clock.advance(0);
        assert.ok(till.runner.busy, "the machine waits for money");
        till.machine.codes = {};
        till.machine.insert(990);
        till.machine.finish();
        await till.clock.advance(5000);
        assert.equal((await outcome).result, "paid");
    }
    const till = new CashdroTill();
    till.machine.codes = { askOperation: -2 };
    assert.equal((await till.runner.run(sale())).result, "unknown", "begun, and forgotten");
});

test("another till's operation is neither begun nor ended from here", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    const theirs = till.machine.add({ aliasid: UUID, posid: "odoo-7", total: 990, state: "I" });
    till.machine._running = () => theirs;
    await assert.rejects(till.driver.poll(sale()), isOperationUnknown);
    theirs.state = "E";
    assert.equal((await till.driver.poll(sale())).cancellable, true);
    await assert.rejects(till.driver.cancel(sale()), /Another Point of Sale started/);
    await assert.rejects(till.driver.accept(sale()), /Another Point of Sale started/);
    assert.deepEqual([theirs.state, theirs.ending], ["E", undefined]);
});

test("who asks about another till's operation is told by the machine what it was", async () => {
    const till = new CashdroTill();
    till.machine.add({ aliasid: OTHER_UUID, state: "F", total: 2000, in: 2000, posid: "odoo-7" });
    // As the consent does: everything but the uuid is of the operation that wants to start.
    const progress = await till.driver.poll(refund({ uuid: OTHER_UUID }));
    assert.deepEqual([progress.state, progress.amountIn, progress.undispensed], ["done", 2000, 0]);
});

test("another browser of the same Point of Sale finds what the first one started", async () => {
    const machine = new FakeCashdro();
    const odoo = new FakeOdoo();
    const first = new CashdroTill({ machine, odoo });
    await begin(first);
    await first.clock.advance(0);
    first.reload();
    const second = new CashdroTill({ machine, odoo });
    const outcome = second.runner.resume(sale());
    await second.clock.advance(500);
    assert.equal(second.view.stage, "accepting");
    machine.insert(990);
    machine.finish();
    await second.clock.advance(500);
    assert.equal((await outcome).result, "paid");
});

// Odoo ---------------------------------------------------------------------------------------

test("who we are to the machine is asked of Odoo once, and is never on disk", async () => {
    const till = new CashdroTill();
    await begin(till);
    await till.clock.advance(3000);
    assert.equal(till.issued, 1);
    assert.deepEqual(till.scope, ["status"]);
    assert.ok(![...till.storage._items.values()].some((item) => item.includes("s3 cr")));
});

test("a user whom no rule leads here is told so, and the machine is not asked", async () => {
    const till = new CashdroTill();
    till.refusal = { refused: { code: "no_rule", message: "No rule lets you use this device." } };
    const { result, refusal } = await till.runner.run(sale());
    assert.deepEqual([result, refusal.message], ["nothing", "No rule lets you use this device."]);
    assert.equal(till.machine.requests.length, 0);
});

test("a changed password is asked for again after the machine refused the old one", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    till.machine.codes = { askOperationExecuting: -1 };
    const { refusal } = await till.runner.run(sale());
    assert.match(refusal.message, /does not accept its user or password/);
    assert.ok(!refusal.message.includes("s3 cr"));
    till.machine.codes = {};
    await till.driver.prepare();
    assert.equal(till.issued, 2);
});

test("without Odoo a sale goes on when the machine is known; a payout does not", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    assert.equal(till.driver.worksOffline(sale()), false);
    await till.driver.prepare();
    till.odoo.reachable = false;
    assert.equal(till.driver.worksOffline(refund()), false);
    await begin(till);
    await till.clock.advance(0);
    till.machine.insert(990);
    till.machine.finish();
    await till.clock.advance(5000);
    assert.equal(till.view.stage, "ended");
    assert.equal(till.machine.operation.isImported, false, "not in the books yet");
    till.odoo.reachable = true;
    till.reload();
    await till.driver.prepare();
    await till.ledger.flush();
    await till.clock.advance(3000);
    assert.equal(till.machine.operation.isImported, true);
});

test("what Odoo does not accept stays with the machine as not imported", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    await begin(till);
    till.odoo.refusals = { report: { code: "bad_values", message: "no" } };
    till.machine.insert(990);
    till.machine.finish();
    await till.clock.advance(5000);
    assert.equal(till.machine.operation.isImported, false);
});

test("what was imported long ago is found among the movements, by who may see them", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    till.machine.add({ aliasid: UUID, total: 990, in: 990, state: "F", isImported: true });
    till.machine.codes = { askMovements: -4 };
    await assert.rejects(till.driver.poll(sale()), isOperationUnknown);
    till.machine.codes = {};
    assert.equal((await till.driver.poll(sale())).state, "done");
    const { params } = till.machine.calls("askMovements").at(-1);
    assert.match(params.fromDate, /^2024-12-3\d_\d\d:\d\d:\d\d$/);
});

test("a browser that stores nothing starts nothing", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    await till.driver.prepare();
    till.storage.full = true;
    await assert.rejects(till.driver.start(sale()), /stores nothing/);
    assert.equal(started(till), 0);
    const put = till.storage.setItem.bind(till.storage);
    till.storage.full = false;
    till.storage.setItem = (key, value) => {
        till.storage.full = value.includes('"id":');
        put(key, value);
    };
    await assert.rejects(till.driver.start(sale()), /stores nothing/);
    assert.equal(till.machine.operation.state, "I", "not acknowledged");
});

test("a device without an address says so", async () => {
    const till = new CashdroTill();
    till.driver.device.endpoint = null;
    const { refusal } = await till.runner.run(sale());
    assert.match(refusal.message, /has no address. Ask a manager/);
});

test("the machine's health is what its answers say", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    const heard = [];
    const stop = till.driver.watchHealth(({ state }) => heard.push(state));
    await till.driver.prepare();
    till.machine.isDown = true;
    await till.driver.prepare();
    till.machine.isDown = false;
    till.machine.codes = { askOperationExecuting: -1 };
    await till.driver.prepare();
    stop();
    await till.driver.prepare();
    assert.deepEqual(heard, ["unknown", "online", "offline", "error"]);
});

test("the inventory is counted while nothing runs", async () => {
    const till = new CashdroTill();
    const piece = (value, changes) => ({
        CurrencyId: "EUR",
        Value: value,
        Type: "1",
        Destination: "1",
        MaxLevel: "100",
        State: "-1",
        LevelRecycler: "20",
        LevelCasete: "0",
        ...changes,
    });
    till.machine.pieces = [
        piece("500", { Type: "2", LevelRecycler: "2", LevelCasete: "7", State: "2" }),
        piece("100"),
        piece("1", { Destination: "0", LevelRecycler: "0" }),
        piece("100", { CurrencyId: "MXN" }),
        piece("2000", { Type: "2", Destination: "2", LevelRecycler: "0", LevelCasete: "4" }),
    ];
    const { state, operation, inventory } = await till.driver.inventory();
    assert.deepEqual([state, operation], ["online", null]);
    assert.deepEqual(inventory, {
        currency: "EUR",
        denominations: [
            { value: 100, kind: "coin", recycler: 20, cassette: 0, capacity: 100, level: "ok" },
            {
                value: 500,
                kind: "note",
                recycler: 2,
                cassette: 7,
                capacity: 100,
                level: "near_empty",
            },
            // No recycler of the machine takes it: there is none that could be empty.
            { value: 2000, kind: "note", recycler: 0, cassette: 4, capacity: null, level: null },
        ],
    });
    till.machine.add({ state: "E", posuser: "Marie" });
    const busy = await till.driver.inventory();
    assert.deepEqual([busy.state, busy.inventory], ["busy", null]);
    assert.ok(busy.operation);
});
