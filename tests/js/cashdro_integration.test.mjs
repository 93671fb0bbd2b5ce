/**
 * The shipped runner and driver against the real simulator of a CashDro, over real sockets. Only
 * Odoo is played.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { CashdroLanDriver } from "@pos_cashdro/app/cashdro_lan_driver";
import { LedgerClient } from "@pos_smartcash_terminal/app/ledger/ledger";
import { OperationRunner } from "@pos_smartcash_terminal/app/operation/runner";
import { byHandUuid } from "@pos_smartcash_terminal/app/common/uuid";
import { ACCESS, CashdroStack } from "./support/cashdro_stack.mjs";
import { FakeOdoo } from "./support/odoo.mjs";
import { until } from "./support/stack.mjs";
import { MemoryStorage } from "./support/storage.mjs";
import { refund, sale } from "./support/till.mjs";
import { _t } from "./support/translation.mjs";

const HOMOLOGATION = JSON.parse(
    await readFile(new URL("../../pos_cashdro/vectors/homologation.json", import.meta.url), "utf8")
);
const stack = new CashdroStack();
let till;

/** A page at the till. */
class Page {
    constructor({ endpoint = stack.endpoint, terminal = ACCESS.terminal } = {}) {
        this.storage = new MemoryStorage();
        this.odoo = new FakeOdoo();
        this.endpoint = endpoint;
        this.terminal = terminal;
        this.requests = [];
        this.load();
    }

    load() {
        this.close();
        this.driver = new CashdroLanDriver({
            device: {
                id: 1,
                uid: "dev-1",
                name: "The CashDro",
                endpoint: this.endpoint,
                currency: "EUR",
                cashdro: { tolerance: 1, ...this.manners },
            },
            services: {
                fetch: (url, options) => {
                    this.requests.push(new URL(url).searchParams.get("operation"));
                    return fetch(url, options);
                },
                call: this.odoo.call,
                storage: this.storage,
                issueToken: async () => ({ ...ACCESS, terminal: this.terminal }),
                sessionId: 5,
                _t,
            },
        });
        this.ledger = new LedgerClient({
            call: this.odoo.call,
            storage: this.storage,
            sessionId: 5,
        });
        this.runner = new OperationRunner({ driver: this.driver, ledger: this.ledger });
    }

    close() {
        this.runner?._run?.watch.stop();
        this.driver?.close();
        this.ledger?.close();
    }

    shows(what, check) {
        return until(what, () => check(this.runner.view));
    }

    async run(op) {
        const outcome = this.runner.run(op);
        await this.shows("accepting", (view) => view.stage === "accepting");
        return { outcome };
    }

    async settledRow(uuid) {
        await until("Odoo has the end", () => this.ledger.waiting === 0);
        return this.odoo.rows.get(uuid).progress;
    }

    count(call) {
        return this.requests.filter((name) => name === call).length;
    }
}

before(() => stack.start());
after(() => stack.stop());
beforeEach(async (t) => {
    t.mock.method(console, "warn", () => {});
    await stack.reset();
    till = new Page();
});
afterEach(async () => {
    till.close();
    await stack.faults({ only_on: null });
});

const newest = async () => (await stack.operations()).at(-1);
const inside = async () => (await stack.state()).physical_total;

test("the maker's basic homologation: every row is paid, and the machine's totals are the maker's", async () => {
    const start = await inside();
    for (const { kind, amount, pieces, cancel } of HOMOLOGATION.rows) {
        const wish = kind === "sale" ? sale : refund;
        const outcome = till.runner.run(wish({ uuid: randomUUID(), amount }));
        for (const piece of pieces) {
            await till.shows("accepting", (view) => view.stage === "accepting");
            await stack.insert(piece);
        }
        if (cancel) {
            await till.runner.cancel();
        }
        const { result, lineAmount } = await outcome;
        const paid = ["paid", kind === "sale" ? amount : -amount];
        assert.deepEqual([result, lineAmount], cancel ? ["nothing", 0] : paid);
    }
    const rows = await stack.operations();
    const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
    const [totals] = HOMOLOGATION.totals;
    assert.deepEqual([sum("total_in"), sum("total_out")], [totals.in, totals.out]);
    assert.equal((await inside()) - start, totals.net);
    await till.driver._imports.run();
    assert.ok((await stack.operations()).every(({ imported }) => imported));
    assert.deepEqual(await till.driver._client.pending(ACCESS.terminal), []);
});

test("the machine knows the till, the cashier and our uuid of each operation", async () => {
    const op = sale({ uuid: randomUUID(), amount: 500 });
    const { outcome } = await till.run(op);
    await stack.insert(500);
    await outcome;
    const { posid, posuser, aliasid, type } = await newest();
    assert.deepEqual([posid, posuser, aliasid, type], ["odoo-1", "Mitchell", op.uuid, 4]);
});

test("a part is kept when the cashier accepts it, or when somebody does at the machine", async () => {
    for (const press of [() => till.runner.accept(), () => stack.press("accept")]) {
        const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 1000 }));
        await stack.insert(500);
        await till.shows("accept possible", (view) => view.canAccept);
        await press();
        const { result, lineAmount } = await outcome;
        assert.deepEqual([result, lineAmount], ["partial", 500]);
    }
});

test("change that the machine has not got is handed over by a person", async () => {
    await stack.settings({ control: false });
    await stack.faults({ no_change: true });
    const op = sale({ uuid: randomUUID(), amount: 990 });
    const { outcome } = await till.run(op);
    await stack.insert(2000);
    await till.shows("hand over", (view) => view.byHand);
    assert.equal(till.runner.view.byHand.amount, 1010);
    till.runner.handedOver();
    assert.equal((await outcome).lineAmount, 990);
    await till.settledRow(op.uuid);
    assert.equal(till.odoo.rows.get(byHandUuid(op.uuid)).values.amount, 1010);
});

test("a piece that comes back is explained", async () => {
    await stack.settings({ refused: [50] });
    const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 500 }));
    await stack.insert(50);
    await till.shows("why it came back", (view) =>
        view.messages.some(({ text }) => /Given back: this piece is not accepted/.test(text))
    );
    await stack.insert(500);
    assert.equal((await outcome).result, "paid");
});

test("a second till is told who uses the machine, and leaves it alone", async () => {
    const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 500 }));
    const other = new Page({ terminal: "odoo-2" });
    const refused = await other.runner.run(sale({ uuid: randomUUID() }));
    other.close();
    assert.deepEqual([refused.result, refused.refusal.code], ["nothing", "device_busy"]);
    assert.match(refused.refusal.message, /Mitchell at odoo-1. Nothing was charged/);
    assert.equal(other.count("startOperation"), 0);
    await stack.insert(500);
    assert.equal((await outcome).result, "paid");
});

const FAULTS = ["drop_replies", "drop_requests", "half_frame", "garbage", "http_error"];
for (const [call, faults] of Object.entries({
    startOperation: ["drop_replies"],
    acknowledgeOperationId: FAULTS,
    askOperation: FAULTS,
})) {
    for (const fault of faults) {
        test(`${call} meets ${fault}: nothing is started twice, no cent is lost`, async () => {
            const start = await inside();
            await stack.faults({ only_on: call, [fault]: 1 });
            const op = sale({ uuid: randomUUID(), amount: 500 });
            const outcome = till.runner.run(op);
            const isLost = call === "startOperation";
            if (!isLost) {
                await till.shows("accepting", (view) => view.stage === "accepting");
                await until("it takes money", async () => (await stack.state()).accepting);
                await stack.insert(500);
            }
            const { result, lineAmount } = await outcome;
            assert.equal(result, isLost ? "nothing" : "paid");
            assert.equal((await inside()) - start, lineAmount);
            assert.equal(till.count("startOperation"), 1);
            assert.ok((await stack.operations()).length <= 1);
            assert.equal((await stack.state()).accepting, false);
        });
    }
}

test("a cancel that meets a lost answer is a cancel", async () => {
    for (const fault of ["drop_replies", "drop_requests"]) {
        const start = await inside();
        const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 1000 }));
        await stack.insert(500);
        await till.shows("5.00 inserted", (view) => view.inserted === 500);
        await stack.faults({ only_on: "finishOperation", [fault]: 1 });
        await till.runner.cancel();
        assert.equal((await outcome).progress.state, "cancelled", fault);
        assert.equal(await inside(), start);
    }
});

test("a reload in the middle goes on with the same payment", async () => {
    const op = sale({ uuid: randomUUID(), amount: 1000 });
    await till.run(op);
    await stack.insert(500);
    await till.shows("5.00 inserted", (view) => view.inserted === 500);
    till.load();
    const outcome = till.runner.resume(op);
    assert.ok(till.runner.view.resumed);
    await till.shows("5.00 inserted", (view) => view.inserted === 500);
    await stack.insert(500);
    assert.equal((await outcome).result, "paid");
    assert.equal((await till.settledRow(op.uuid)).state, "done");
    assert.equal(till.count("startOperation"), 1);
});

test("a power cut with money inside ends as what the machine kept", async () => {
    const start = await inside();
    const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 1000 }));
    await stack.insert(500);
    await till.shows("5.00 inserted", (view) => view.inserted === 500);
    await stack.power(false);
    await till.shows("lost", (view) => view.stage === "lost");
    await stack.power(true);
    const { lineAmount } = await outcome;
    assert.equal(lineAmount, (await inside()) - start);
    assert.equal(lineAmount, 500);
});

test("a machine that forgot what it took is a question with the amount", async () => {
    const start = await inside();
    const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 1000 }));
    await stack.insert(500);
    await till.shows("5.00 inserted", (view) => view.inserted === 500);
    await stack.power(false, false);
    await stack.power(true);
    const { result, lineAmount } = await outcome;
    assert.deepEqual([result, lineAmount], ["unknown", 500]);
    assert.equal((await inside()) - start, 500);
});

test("the machine's certificate, which nobody has accepted: said in words, nothing is started", async () => {
    const other = new Page({ endpoint: stack.secureEndpoint });
    const { result, refusal } = await other.runner.run(sale({ uuid: randomUUID() }));
    other.close();
    assert.deepEqual([result, refusal.code], ["nothing", "certificate"]);
    assert.match(refusal.message, /Open https:\/\/127\.0\.0\.1:\d+ in a new tab/);
    assert.deepEqual(await stack.operations(), []);
});

test("the count is the machine's", async () => {
    const { inventory } = await till.driver.inventory();
    const total = inventory.denominations.reduce(
        (sum, { value, recycler, cassette }) => sum + value * (recycler + cassette),
        0
    );
    assert.equal(total, (await stack.state()).total);
});

test("filling, changing, moving and emptying: the ledger and the machine agree", async () => {
    const atFirst = await inside();
    const serve = async (kind, ...pieces) => {
        const outcome = till.runner.run(
            sale({ uuid: randomUUID(), kind, amount: 0, allowPartial: false })
        );
        for (const piece of pieces) {
            await until("it takes money", async () => (await stack.state()).accepting);
            await stack.insert(piece);
        }
        if (pieces.length) {
            const sum = pieces.reduce((total, piece) => total + piece, 0);
            await till.shows("all inserted", (view) => view.inserted === sum && view.canAccept);
            await till.runner.accept();
        }
        const { progress } = await outcome;
        return [progress.state, progress.amountIn - progress.amountOut];
    };
    assert.deepEqual(await serve("fill", 500, 100), ["done", 600]);
    assert.deepEqual(await serve("exchange", 1000), ["done", 0]);
    assert.deepEqual(await serve("transfer"), ["done", 0]);
    assert.equal(await inside(), atFirst + 600);
    const { inventory } = await till.driver.inventory();
    assert.ok(inventory.denominations.every(({ kind, recycler }) => kind === "coin" || !recycler));
    const left = inventory.denominations.reduce(
        (sum, { value, recycler }) => sum + value * recycler,
        0
    );
    assert.deepEqual(await serve("empty"), ["done", -left]);
    assert.equal(await inside(), atFirst + 600 - left);
    assert.deepEqual(await serve("empty"), ["cancelled", 0]);
});

test("what was done at the machine itself is told once, by one of two browsers or both", async () => {
    const { id } = await stack.operateByHand(16);
    await until("it takes money", async () => (await stack.state()).accepting);
    await stack.insert(2000);
    await stack.press("accept");
    await until("it has ended", async () => (await newest()).state === "F");
    const other = new Page({ terminal: "odoo-2" });
    other.odoo = till.odoo;
    other.load();
    await Promise.all([till.driver.inventory(), other.driver.inventory()]);
    other.close();
    assert.deepEqual([...till.odoo.found.keys()], [String(id)]);
    assert.equal(till.odoo.found.get(String(id)).totalIn, 2000);
    assert.equal((await newest()).imported, true);
    await till.driver.inventory();
    assert.ok(till.odoo.calls("cashdro_write_down").length <= 2);
});

test("while money moves the machine is asked four times a second at most", async () => {
    const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 500 }));
    const [asked, began] = [till.requests.length, Date.now()];
    for (let coin = 0; coin < 10; coin++) {
        await stack.insert(50);
    }
    assert.equal((await outcome).result, "paid");
    const seconds = (Date.now() - began) / 1000;
    assert.ok(till.requests.length - asked <= 4 * seconds + 1, `${seconds} s: ${till.requests}`);
});

test("from F at the machine to the line it takes half a second at most", async () => {
    const waits = [];
    for (let round = 0; round < 10; round++) {
        const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 500 }));
        await stack.insert(500);
        await until("F", async () => (await newest()).state === "F");
        const finished = Date.now();
        await outcome;
        waits.push(Date.now() - finished);
    }
    assert.ok(waits.sort((one, other) => one - other).at(-2) <= 500, String(waits));
});

for (const word of ["C", "canceled", "error"]) {
    test(`an end that the machine tells as ${word} gives the money back once`, async () => {
        await stack.faults({ end_told_as: word });
        const atFirst = await inside();
        const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 1000 }));
        await stack.insert(500);
        await till.runner.cancel();
        const { result, progress } = await outcome;
        assert.deepEqual(
            [result, progress.state, progress.amountIn, progress.amountOut],
            ["nothing", "cancelled", 500, 500]
        );
        assert.equal(await inside(), atFirst);
    });
}

test("the next customer right after an end is served, though the machine is not ready yet", async () => {
    await stack.faults({ busy_after_end_ms: 1500 });
    till.manners = { busyPatience: 10000 };
    till.load();
    for (let customer = 0; customer < 2; customer++) {
        const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 500 }));
        await stack.insert(500);
        assert.equal((await outcome).result, "paid");
    }
    assert.equal((await stack.operations()).length, 2);
    assert.ok(till.count("startOperation") > 2, "it was asked again");
});

test("a machine that answers one call at a time, and slowly, sells", async () => {
    await stack.faults({ one_at_a_time: true, latency_ms: 700 });
    till.manners = { timeout: 45000 };
    till.load();
    const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 500 }));
    await stack.insert(500);
    assert.equal((await outcome).result, "paid");
});
