import assert from "node:assert/strict";
import { test } from "node:test";

import { LedgerClient } from "@pos_smartcash_terminal/app/ledger/ledger";
import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import { FakeOdoo, rpcError } from "./support/odoo.mjs";
import { MemoryStorage } from "./support/storage.mjs";
import { OTHER_UUID, UUID, sale } from "./support/till.mjs";
import { FakeClock, settled } from "./support/time.mjs";

const done = makeProgress({ state: "done", amountIn: 990 });
const half = (amountIn) => makeProgress({ phase: "accepting", amountIn });

function shop({ locks = null } = {}) {
    const odoo = new FakeOdoo();
    odoo.oneAtATime = false;
    const clock = new FakeClock();
    const storage = new MemoryStorage();
    const tab = () => new LedgerClient({ call: odoo.call, storage, sessionId: 5, clock, locks });
    return { odoo, clock, storage, tab };
}

test("what was written without Odoo is there after a reload and goes out in order", async () => {
    const { odoo, tab } = shop();
    odoo.reachable = false;
    const before = tab();
    before.registerLater(sale());
    before.reportLater(UUID, done, { final: true });
    before.registerByHand(sale(), 500);
    await settled();
    before.close();
    odoo.reachable = true;
    assert.equal(await tab().flush(), 0);
    assert.deepEqual(
        odoo.log.map((entry) => entry.method),
        ["register", "report", "register"]
    );
    assert.equal(odoo.rows.get(UUID).progress.state, "done");
});

test("a letter stays until Odoo answered, and comes again without harm", async () => {
    const { odoo, clock, tab } = shop();
    await odoo.call("smartcash.operation", "register", [sale()]);
    const ledger = tab();
    let lost = 2;
    odoo.onAnswer = () => {
        if (lost-- > 0) {
            throw new Error("the answer got lost");
        }
    };
    ledger.reportLater(UUID, done, { final: true });
    await settled();
    assert.equal(ledger.waiting, 1);
    await clock.advance(5000);
    assert.equal(ledger.waiting, 0);
    assert.equal(odoo.calls("report").length, 3);
    assert.equal(odoo.rows.get(UUID).progress.amountIn, 990);
    assert.deepEqual(ledger.problems(), []);
});

test("back-off grows to a minute and no further", async () => {
    const { odoo, clock, tab } = shop();
    odoo.reachable = false;
    const at = [];
    odoo.onRequest = () => at.push(clock.now());
    tab().reportLater(UUID, done, { final: true });
    await clock.advance(400000);
    const gaps = at.slice(1).map((time, i) => time - at[i]);
    assert.deepEqual(gaps.slice(0, 8), [1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]);
});

test("a refused report stays visible and is not sent for ever", async () => {
    const { odoo, clock, tab } = shop();
    const ledger = tab();
    ledger.reportLater(UUID, done, { final: true });
    await clock.advance(3600 * 1000);
    assert.equal(odoo.calls("report").length, 1);
    const [problem] = ledger.problems();
    assert.equal(problem.uuid, UUID);
    assert.equal(problem.code, "unknown_operation");
    assert.equal(tab().problems().length, 1, "also after a reload");

    await odoo.call("smartcash.operation", "register", [sale()]);
    await ledger.retryProblem(problem.id);
    assert.deepEqual(ledger.problems(), []);
    assert.equal(odoo.rows.get(UUID).progress.state, "done");
});

test("not to know how it ended is no problem once Odoo knows", async () => {
    const { odoo, tab } = shop();
    await odoo.call("smartcash.operation", "register", [sale()]);
    const ledger = tab();
    ledger.reportLater(UUID, makeProgress({ state: "failed" }), { final: true });
    await ledger.flush();
    ledger.reportLater(UUID, makeProgress({ state: "unknown" }), { final: true });
    assert.equal(await ledger.flush(), 0);
    assert.deepEqual(ledger.problems(), []);
    assert.equal(odoo.rows.get(UUID).progress.state, "failed");

    ledger.reportLater(UUID, makeProgress({ state: "unknown", amountIn: 500 }), { final: true });
    await ledger.flush();
    assert.equal(ledger.problems().length, 1, "money that it saw is somebody's question");
});

test("what was known half-way does not hold up the end that Odoo has heard elsewhere", async () => {
    const { odoo, tab } = shop();
    await odoo.call("smartcash.operation", "register", [sale()]);
    const end = makeProgress({ state: "done", amountIn: 1490, amountOut: 500 });
    await odoo.call("smartcash.operation", "report", [UUID, end]);
    const ledger = tab();
    const lost = makeProgress({ state: "unknown", amountIn: 1490, undispensed: 500 });
    ledger.reportLater(UUID, lost, { final: true });
    ledger.reportLater(UUID, end, { final: true });
    assert.equal(await ledger.flush(), 0);
    assert.deepEqual(ledger.problems(), []);
});

test("one operation's problem does not hold up another's report", async () => {
    const { odoo, tab } = shop();
    await odoo.call("smartcash.operation", "register", [sale({ uuid: OTHER_UUID })]);
    const ledger = tab();
    ledger.reportLater(UUID, done, { final: true });
    ledger.registerByHand(sale(), 500);
    ledger.reportLater(OTHER_UUID, done, { final: true });
    await ledger.flush();
    assert.equal(odoo.rows.get(OTHER_UUID).progress.state, "done");
    assert.equal(ledger.waiting, 2, "the hand-over waits for its parent");
    assert.equal(odoo.calls("register").length, 1);
});

test("a person who settled it in Odoo can put the problem away", async () => {
    const { tab } = shop();
    const ledger = tab();
    ledger.reportLater(UUID, done, { final: true });
    await ledger.flush();
    ledger.dismissProblem(ledger.problems()[0].id);
    assert.equal(ledger.waiting, 0);
});

test("access errors are problems at once, database hiccups are tried again", async () => {
    const { odoo, clock, tab } = shop();
    await odoo.call("smartcash.operation", "register", [sale()]);
    const ledger = tab();
    let failure = rpcError("psycopg2.errors.SerializationFailure", "concurrent update");
    odoo.onRequest = () => {
        if (failure) {
            throw failure;
        }
    };
    ledger.reportLater(UUID, done, { final: true });
    await clock.advance(2500);
    assert.deepEqual(ledger.problems(), []);
    failure = null;
    await clock.advance(10000);
    assert.equal(ledger.waiting, 0);

    failure = rpcError("odoo.exceptions.AccessError", "not you");
    ledger.reportLater(OTHER_UUID, done, { final: true });
    await clock.advance(1000);
    assert.equal(ledger.problems()[0].message, "not you");
});

test("a server that fails every time becomes a problem after a dozen tries", async () => {
    const { odoo, clock, tab } = shop();
    const ledger = tab();
    let tries = 0;
    odoo.onRequest = () => {
        tries++;
        throw rpcError("builtins.RuntimeError", "boom");
    };
    ledger.reportLater(UUID, done, { final: true });
    await clock.advance(24 * 3600 * 1000);
    assert.equal(tries, 12);
    assert.equal(ledger.problems().length, 1);
});

test("an expired login is waited for like a lost connection", async () => {
    const { odoo, clock, tab } = shop();
    await odoo.call("smartcash.operation", "register", [sale()]);
    const ledger = tab();
    let expired = true;
    odoo.onRequest = () => {
        if (expired) {
            throw Object.assign(rpcError("odoo.http.SessionExpiredException", "expired"), {
                code: 100,
            });
        }
    };
    ledger.reportLater(UUID, done, { final: true });
    await clock.advance(1800 * 1000);
    assert.deepEqual(ledger.problems(), []);
    expired = false;
    await clock.advance(61000);
    assert.equal(ledger.waiting, 0);
});

test("half-way reports replace each other and never the end", async () => {
    const { odoo, clock, tab } = shop();
    odoo.reachable = false;
    const ledger = tab();
    ledger.registerLater(sale());
    ledger.reportLater(UUID, half(100), { final: false });
    ledger.reportLater(UUID, half(500), { final: false });
    assert.equal(ledger.waiting, 2);
    ledger.reportLater(UUID, done, { final: true });
    assert.equal(ledger.waiting, 2);
    odoo.reachable = true;
    await clock.advance(5000);
    assert.equal(odoo.calls("report").length, 1);
    assert.equal(odoo.calls("report")[0].args[1].state, "done");
});

test("a half-way report on its way arrives before the end", async () => {
    const { odoo, tab } = shop();
    await odoo.call("smartcash.operation", "register", [sale()]);
    const ledger = tab();
    ledger.reportLater(UUID, half(500), { final: false });
    ledger.flush();
    await Promise.resolve();
    ledger.reportLater(UUID, done, { final: true });
    await settled();
    assert.deepEqual(
        odoo.calls("report").map((entry) => entry.args[1].state),
        ["running", "done"]
    );
    assert.equal(ledger.waiting, 0);
});

test("coins that fall in quick succession are one report; the end waits for none of them", async () => {
    const { odoo, clock, tab } = shop();
    await odoo.call("smartcash.operation", "register", [sale()]);
    const ledger = tab();
    const heard = () => odoo.calls("report").map((entry) => entry.args[1].amountIn);
    for (const amount of [100, 200, 300]) {
        ledger.reportLater(UUID, half(amount), { final: false });
        await clock.advance(300);
    }
    assert.deepEqual(heard(), []);
    await clock.advance(100);
    assert.deepEqual(heard(), [300]);
    ledger.reportLater(UUID, half(500), { final: false });
    ledger.reportLater(UUID, done, { final: true });
    await settled();
    assert.deepEqual(heard(), [300, done.amountIn]);
    await clock.advance(5000);
    assert.equal(heard().length, 2);
});

test("a refused half-way report troubles nobody", async () => {
    const { odoo, tab } = shop();
    const ledger = tab();
    ledger.reportLater(UUID, half(500), { final: false });
    await ledger.flush();
    assert.equal(ledger.waiting, 0);
    odoo.onRequest = () => {
        throw rpcError("builtins.RuntimeError", "boom");
    };
    ledger.reportLater(UUID, half(500), { final: false });
    await ledger.flush();
    assert.equal(ledger.waiting, 0);
});

test("a register that finds the device busy is tried again when that one has ended", async () => {
    const { odoo, clock, tab } = shop();
    odoo.oneAtATime = true;
    await odoo.call("smartcash.operation", "register", [sale({ uuid: OTHER_UUID })]);
    const ledger = tab();
    ledger.registerLater(sale());
    ledger.reportLater(UUID, done, { final: true });
    await clock.advance(3600 * 1000);
    assert.deepEqual(ledger.problems(), []);
    assert.equal(ledger.waiting, 2);
    await odoo.call("smartcash.operation", "report", [OTHER_UUID, done]);
    await clock.advance(61000);
    assert.equal(ledger.waiting, 0);
    assert.equal(odoo.rows.get(UUID).progress.state, "done");
});

test("Odoo learns which registrations are told after the fact", async () => {
    const { odoo, tab } = shop();
    const ledger = tab();
    await ledger.register(sale({ uuid: OTHER_UUID }));
    ledger.registerLater(sale());
    await ledger.flush();
    const told = odoo.calls("register").map(({ args }) => Boolean(args[0].late));
    assert.deepEqual(told, [false, true]);
});

test("two tabs do not send the same letter at once", async () => {
    let holder = null;
    const locks = {
        async request(name, { ifAvailable }, callback) {
            assert.equal(ifAvailable, true);
            if (holder) {
                return callback(null);
            }
            holder = name;
            try {
                return await callback({ name });
            } finally {
                holder = null;
            }
        },
    };
    const { odoo, clock, tab } = shop({ locks });
    await odoo.call("smartcash.operation", "register", [sale()]);
    const [one, two] = [tab(), tab()];
    one.reportLater(UUID, done, { final: true });
    await Promise.all([one.flush(), two.flush()]);
    await clock.advance(5000);
    assert.equal(odoo.calls("report").length, 1);
    assert.equal(one.waiting, 0);
});

test("two databases behind one address do not read each other's letters", async () => {
    const odoo = new FakeOdoo();
    odoo.reachable = false;
    const storage = new MemoryStorage();
    const options = { call: odoo.call, storage, sessionId: 5, clock: new FakeClock() };
    const shop1 = new LedgerClient({ ...options, database: "shop1" });
    const shop2 = new LedgerClient({ ...options, database: "shop2" });
    shop1.registerLater(sale());
    shop1.saveOperation({ uuid: UUID, op: sale() });
    assert.equal(shop2.waiting, 0);
    assert.equal(shop2.storedOperation(UUID), null);
});

test("a storage that is full later keeps letters for as long as the page lives", async (t) => {
    t.mock.method(console, "warn", () => {});
    const { odoo, storage, tab } = shop();
    await odoo.call("smartcash.operation", "register", [sale()]);
    const ledger = tab();
    storage.full = true;
    ledger.reportLater(UUID, done, { final: true });
    assert.equal(ledger.waiting, 1);
    await ledger.flush();
    assert.equal(odoo.rows.get(UUID).progress.state, "done");
    assert.equal(ledger.waiting, 0);
});

test("an unreadable record does not hide the others", async (t) => {
    t.mock.method(console, "warn", () => {});
    const { storage, tab } = shop();
    const ledger = tab();
    ledger.saveOperation({ uuid: UUID, op: sale() });
    storage.setItem("smartcash_ops_5:broken", "{half");
    assert.deepEqual(
        ledger.storedOperations().map((row) => row.uuid),
        [UUID]
    );
});

test("a message that times out holds up its own operation only, and is not left open", async () => {
    const { odoo, clock, storage } = shop();
    await odoo.call("smartcash.operation", "register", [sale()]);
    await odoo.call("smartcash.operation", "register", [sale({ uuid: OTHER_UUID })]);
    let open = 0;
    let most = 0;
    const call = (model, method, args) => {
        if (args[0] !== UUID) {
            return odoo.call(model, method, args);
        }
        most = Math.max(most, ++open);
        const promise = new Promise(() => {});
        promise.abort = () => open--;
        return promise;
    };
    const ledger = new LedgerClient({ call, storage, sessionId: 5, clock });
    ledger.reportLater(UUID, done, { final: true });
    ledger.registerByHand(sale(), 500);
    ledger.reportLater(OTHER_UUID, done, { final: true });
    await clock.advance(11000);
    assert.equal(odoo.rows.get(OTHER_UUID).progress.state, "done");
    assert.equal(ledger.waiting, 2, "the hand-over waits for its parent's end");
    await clock.advance(300 * 1000);
    assert.equal(ledger.waiting, 2);
    assert.deepEqual(ledger.problems(), [], "time may still cure it");
    assert.ok(open <= 1, `${open} requests are open after five minutes`);
    assert.equal(most, 1);

    // The next message does not wait for the slow one to be given up again.
    const third = "33333333-3333-4333-8333-333333333333";
    await odoo.call("smartcash.operation", "register", [sale({ uuid: third })]);
    await clock.advance(65 * 1000);
    const pushed = clock.now();
    ledger.reportLater(third, done, { final: true });
    while (odoo.rows.get(third).progress.state !== "done") {
        await clock.advance(100);
    }
    assert.ok(clock.now() - pushed <= 10100, "at most one time-out away");
});

test("a server that answers nobody is not asked for every message in turn", async () => {
    const { clock, storage } = shop();
    let asked = 0;
    const call = () => {
        asked++;
        return Object.assign(new Promise(() => {}), { abort() {} });
    };
    const ledger = new LedgerClient({ call, storage, sessionId: 5, clock });
    for (let index = 0; index < 20; index++) {
        const uuid = `${String(index).padStart(8, "0")}-1111-4111-8111-111111111111`;
        ledger.reportLater(uuid, done, { final: true });
    }
    // Two give up after ten seconds each, then there is a pause that grows to a minute.
    await clock.advance(600000);
    assert.ok(asked >= 10, `it goes on: ${asked} tries in ten minutes`);
    assert.ok(asked <= 24, `${asked} tries in ten minutes`);
    assert.equal(ledger.waiting, 20);
});
