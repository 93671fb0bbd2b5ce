/** What was done at a CashDro itself, found by a till whose browser talks to it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { CashdroTill } from "./support/cashdro.mjs";
import { OTHER_UUID, UUID, sale } from "./support/till.mjs";

const MINUTE = 60000;
const quiet = (t) => t.mock.method(console, "warn", () => {});

/** Somebody puts money in with the machine's own buttons. */
function deposit(machine, amount = 25000) {
    return machine.add({ state: "F", type: 16, in: amount, posid: "", posuser: "admin" });
}

const told = (till) => till.odoo.calls("cashdro_write_down").map(({ args }) => args[2]);

test("before a count, and with the amounts as found; the machine forgets it once Odoo has it", async () => {
    const till = new CashdroTill();
    const operation = deposit(till.machine);
    till.machine.pieces = [];
    till.odoo.onAnswer = (method) => {
        if (method === "cashdro_write_down") {
            assert.equal(operation.isImported, false, "Odoo has to have it first");
        }
    };
    await till.driver.inventory();
    const calls = till.machine.requests.map(({ call }) => call);
    assert.ok(calls.indexOf("askPendingOperations") < calls.indexOf("getPiecesCurrency"));
    assert.deepEqual(told(till), [
        [
            {
                id: "1",
                type: 16,
                total: 0,
                totalIn: 25000,
                totalOut: 0,
                changeNotAvailable: 0,
                alias: null,
                cashier: "admin",
            },
        ],
    ]);
    assert.deepEqual(till.odoo.calls("cashdro_write_down")[0].args.slice(0, 2), [[3], 5]);
    assert.equal(operation.isImported, true);
    assert.deepEqual(till.odoo.calls("cashdro_imported")[0].args, [[3], 5, ["1"]]);
    await till.driver.inventory();
    assert.equal(told(till).length, 1, "it is not found again");
});

test("what Odoo does not take stays at the machine, and there is no count without it", async (t) => {
    quiet(t);
    for (const trouble of ["away", "refusal"]) {
        const till = new CashdroTill();
        await till.driver.prepare();
        const operation = deposit(till.machine);
        till.machine.pieces = [];
        if (trouble === "away") {
            till.odoo.reachable = false;
        } else {
            till.odoo.refusals = { cashdro_write_down: { code: "no_rule", message: "No rule." } };
        }
        await assert.rejects(till.driver.inventory(), (error) => {
            assert.equal(error.code, "unavailable");
            assert.match(error.message, trouble === "away" ? /written down in Odoo/ : /No rule/);
            return true;
        });
        assert.equal(operation.isImported, false);
        till.odoo.reachable = true;
        till.odoo.refusals = {};
        await till.driver.inventory();
        assert.equal(operation.isImported, true);
    }
});

test("an import whose answer got lost is told again, and Odoo asked once more", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    const operation = deposit(till.machine);
    till.machine.pieces = [];
    till.machine.lostRequests = ["setOperationImported"];
    await assert.rejects(till.driver.inventory());
    assert.equal(operation.isImported, false);
    assert.equal(till.odoo.calls("cashdro_imported").length, 0);
    await till.driver.inventory();
    assert.equal(operation.isImported, true);
    assert.equal(till.odoo.found.size, 1);
});

test("a machine that does not let our user import is counted all the same", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    deposit(till.machine);
    till.machine.pieces = [];
    till.machine.codes = { setOperationImported: -3 };
    assert.equal((await till.driver.inventory()).state, "online");
    assert.equal(till.odoo.found.size, 1);
    assert.equal(till.odoo.calls("cashdro_imported").length, 0);
});

test("hundreds are taken over in several runs, and only then is there a count", async (t) => {
    quiet(t);
    for (const codes of [{}, { setOperationImported: -3 }]) {
        const till = new CashdroTill();
        till.machine.pieces = [];
        till.machine.codes = codes;
        for (let number = 0; number < 120; number++) {
            deposit(till.machine, 100);
        }
        const asked = () =>
            till.machine.requests.filter(({ call }) => call === "askOperation").length;
        for (const [most, left] of [
            [50, 70],
            [100, 20],
        ]) {
            await assert.rejects(till.driver.inventory(), (error) => {
                assert.deepEqual([error.code, error.detail.left], ["unavailable", left]);
                return true;
            });
            assert.equal(asked(), most);
        }
        assert.equal((await till.driver.inventory()).state, "online");
        assert.equal(till.odoo.found.size, 120);
    }
});

test("a number that the machine does not tell about keeps no other one waiting", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    till.machine.pieces = [];
    const pending = till.machine._pending.bind(till.machine);
    const gone = Array.from({ length: 60 }, (_one, number) => ({ OperationId: `${900 + number}` }));
    till.machine._pending = (params) => [...gone, ...pending(params)];
    const operation = deposit(till.machine);
    await assert.rejects(till.driver.inventory());
    assert.equal((await till.driver.inventory()).state, "online");
    assert.equal(operation.isImported, true);
});

test("many are told in small parts", async () => {
    const till = new CashdroTill();
    till.machine.pieces = [];
    for (let number = 0; number < 23; number++) {
        deposit(till.machine, 100);
    }
    await till.driver.inventory();
    assert.deepEqual(
        told(till).map((found) => found.length),
        [10, 10, 3]
    );
    assert.ok([...till.machine.operations.values()].every(({ isImported }) => isImported));
});

test("what a till began is that till's to tell", async () => {
    const till = new CashdroTill();
    till.machine.pieces = [];
    // Of this browser: it has ended, and Odoo has not answered yet.
    till.driver._records.keep(UUID, { id: "1", sentAt: 0, end: null });
    const own = till.machine.add({ state: "F", total: 990, in: 990, aliasid: UUID });
    await till.driver.inventory();
    assert.deepEqual([told(till), own.isImported], [[], false]);
    // Of another browser of this Point of Sale: running in Odoo, and then ended.
    const other = till.machine.add({ state: "F", total: 500, in: 500, aliasid: OTHER_UUID });
    till.odoo.rows.set(OTHER_UUID, { progress: { state: "running" } });
    await till.driver.inventory();
    assert.equal(other.isImported, false);
    till.odoo.rows.get(OTHER_UUID).progress.state = "done";
    await till.driver.inventory();
    assert.equal(other.isImported, true);
    assert.equal(till.odoo.found.size, 0);
});

test("a till's own operation without an alias is left to the till; one without a till is not", async () => {
    const till = new CashdroTill();
    till.machine.pieces = [];
    till.machine.tellsAlias = false;
    const own = till.machine.add({ state: "F", total: 990, in: 990, aliasid: UUID });
    const foreign = deposit(till.machine);
    await till.driver.inventory();
    assert.deepEqual([own.isImported, foreign.isImported], [false, true]);
    assert.deepEqual([...till.odoo.found.keys()], [foreign.id]);
});

test("while nothing happens it is looked for each five minutes; while money moves never", async () => {
    const till = new CashdroTill();
    await till.driver.look();
    assert.equal(till.machine.calls("askPendingOperations").length, 1, "when the page opens");
    const operation = deposit(till.machine);
    for (let minute = 1; minute < 5; minute++) {
        await till.clock.advance(MINUTE);
        await till.driver.look();
    }
    assert.equal(operation.isImported, false);
    await till.clock.advance(MINUTE);
    const outcome = till.runner.run(sale());
    await till.clock.advance(0);
    await till.driver.look();
    assert.equal(operation.isImported, false);
    till.machine.insert(990);
    till.machine.finish();
    await till.clock.advance(5 * MINUTE);
    await outcome;
    await till.driver.look();
    assert.equal(operation.isImported, true);
});

test("a machine that does not answer, or does not let our user ask, fails nothing", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    till.machine.isDown = true;
    await till.driver.look();
    till.machine.isDown = false;
    till.machine.pieces = [];
    till.machine.codes = { askPendingOperations: -4 };
    assert.equal((await till.driver.inventory()).state, "online");
});
