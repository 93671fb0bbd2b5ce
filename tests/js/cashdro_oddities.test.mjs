/** What field logs and other people's clients say of real machines, and the maker's manual does not. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { CashdroClient } from "@pos_cashdro/app/cashdro_client";
import { testConnection } from "@pos_cashdro/app/cashdro_connection_test";
import { CashdroTill, FakeCashdro } from "./support/cashdro.mjs";
import { sale } from "./support/till.mjs";
import { _t } from "./support/translation.mjs";

const quiet = (t) => t.mock.method(console, "warn", () => {});
const started = (till) => till.machine.calls("startOperation").length;

// Busy although nothing runs ----------------------------------------------------------------

/** The machine refuses so many starts. */
function refuse(machine, times, code = -2) {
    const answer = machine._answer.bind(machine);
    machine._answer = (call, params) =>
        call === "startOperation" && times-- > 0 ? [code, undefined] : answer(call, params);
}

for (const code of [-2, -1900]) {
    test(`a machine that is not ready yet (${code}) is asked again, and starts once`, async () => {
        const till = new CashdroTill({ manners: { busyPatience: 10000 } });
        refuse(till.machine, 3, code);
        till.runner.run(sale());
        await till.clock.advance(1000 + 1500 + 2000);
        assert.equal(till.view.stage, "accepting");
        assert.equal(started(till), 4);
        assert.equal(till.machine.operations.size, 1);
    });
}

test("the patience ends, and nothing was started", async () => {
    const till = new CashdroTill({ manners: { busyPatience: 5000 } });
    refuse(till.machine, 99);
    const outcome = till.runner.run(sale());
    await till.clock.advance(6000);
    const { result, refusal } = await outcome;
    assert.deepEqual([result, refusal.code], ["nothing", "device_busy"]);
    assert.equal(till.machine.operations.size, 0);
});

test("what runs meanwhile is not waited for", async () => {
    const till = new CashdroTill({ manners: { busyPatience: 10000 } });
    refuse(till.machine, 99);
    const fetch = till.machine.fetch;
    till.services.fetch = (url, options) => {
        const answer = fetch(url, options);
        if (url.includes("startOperation")) {
            till.machine.add({ state: "E" });
        }
        return answer;
    };
    till.reload();
    const { result } = await till.runner.run(sale());
    assert.equal(result, "nothing");
    assert.equal(started(till), 1);
});

test("a start that was taken for gone while it waited is not sent again", async () => {
    const till = new CashdroTill({ manners: { busyPatience: 10000 } });
    refuse(till.machine, 1);
    let requests = 0;
    const wish = { ...sale(), token: null };
    const start = till.driver.start(wish, {
        onRequest: () => {
            if (++requests > 3) {
                throw new Error("closed elsewhere");
            }
        },
    });
    const ended = assert.rejects(start, /closed elsewhere/);
    await till.clock.advance(1000);
    await ended;
    assert.equal(started(till), 1);
});

// An end in other words ------------------------------------------------------------------------

for (const [name, change] of [
    ["the letter C", { state: "C" }],
    ["canceled = 1", { marks: { canceled: 1 } }],
    ['error = "1"', { marks: { error: "1" } }],
]) {
    test(`an end told as ${name} is one once the machine is idle`, async () => {
        const till = new CashdroTill();
        const { machine } = till;
        const outcome = till.runner.run(sale());
        await till.clock.advance(0);
        machine.insert(500);
        const running = machine._running.bind(machine);
        machine._running = () => machine.operation;
        Object.assign(machine.operation, change);
        await till.clock.advance(1000);
        assert.notEqual(till.view.stage, "ended", "it still gives the money back");
        Object.assign(machine.operation, { out: 500, hasStopped: true });
        machine._running = running;
        await till.clock.advance(1000);
        const { result, progress } = await outcome;
        assert.deepEqual(
            [result, progress.state, progress.amountIn, progress.amountOut],
            ["nothing", "cancelled", 500, 500]
        );
    });
}

test("who may not ask what runs is told no end", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    till.runner.run(sale());
    await till.clock.advance(0);
    Object.assign(till.machine.operation, { state: "C" });
    till.machine.codes = { askOperationExecuting: -4 };
    await till.clock.advance(2000);
    assert.notEqual(till.view.stage, "ended");
});

// What it counts in ----------------------------------------------------------------------------

const PESOS = [
    ["coin", 10],
    ["coin", 50],
    ["coin", 100],
    ["coin", 500],
    ["note", 1000],
    ["note", 20000],
];
const FILS = [
    ["coin", 10],
    ["coin", 50],
    ["note", 250],
    ["note", 1000],
];

function pieces(currency, known, factor) {
    return known.map(([kind, value]) => ({
        CurrencyId: currency,
        Value: String(value * factor),
        Type: kind === "note" ? "2" : "1",
        LevelRecycler: "3",
        LevelCasete: "0",
    }));
}

function unitTill(
    currency,
    { ours, machine, factor, known = { CLP: PESOS, KWD: FILS }[currency] }
) {
    const unit = { ours, machine, pieces: { CLP: PESOS, KWD: FILS }[currency] };
    const till = new CashdroTill({ currency, manners: { unit } });
    till.machine.pieces = pieces(currency, known, factor);
    return till;
}

for (const [currency, wrong] of [
    ["CLP", { ours: 0, machine: 0, factor: 100 }],
    ["CLP", { ours: 0, machine: 0, factor: 1, known: [] }],
]) {
    test(`a wrong unit is refused before anything starts (${currency} ${JSON.stringify(wrong)})`, async (t) => {
        quiet(t);
        const till = unitTill(currency, wrong);
        const { result, refusal } = await till.runner.run(sale({ currency }));
        assert.equal(result, "nothing");
        assert.equal(refusal.code, wrong.known ? "no_pieces" : "wrong_unit");
        assert.equal(started(till), 0);
        if (!wrong.known) {
            await assert.rejects(till.driver.inventory(), /another unit/);
        }
    });
}

for (const [currency, right] of [["CLP", { ours: 0, machine: 2, factor: 100 }]]) {
    test(`the right unit, there and back (${currency} ${JSON.stringify(right)})`, async () => {
        const till = unitTill(currency, right);
        const outcome = till.runner.run(sale({ currency, amount: 990 }));
        await till.clock.advance(0);
        assert.equal(till.machine.operation.total, 990 * right.factor);
        till.machine.insert(1000 * right.factor);
        till.machine.finish({ out: 10 * right.factor });
        await till.clock.advance(400);
        const { result, lineAmount, progress } = await outcome;
        assert.deepEqual(
            [result, lineAmount, progress.amountIn, progress.amountOut],
            ["paid", 990, 1000, 10]
        );
        const { inventory } = await till.driver.inventory();
        assert.deepEqual(
            inventory.denominations.map(({ kind, value }) => [kind, value]),
            currency === "CLP" ? PESOS : FILS
        );
        assert.equal(
            till.machine.calls("getPiecesCurrency").length,
            2,
            "proven once, counted once"
        );
    });
}

test("an amount that the machine cannot count, and one that the currency does not have", async (t) => {
    quiet(t);
    const till = unitTill("KWD", { ours: 3, machine: 2, factor: 0.1 });
    const { refusal } = await till.runner.run(sale({ currency: "KWD", amount: 1005 }));
    assert.equal(refusal.code, "bad_amount");
    assert.equal(started(till), 0);
    const pesos = unitTill("CLP", { ours: 0, machine: 2, factor: 100 });
    pesos.runner.run(sale({ currency: "CLP", amount: 1000 }));
    await pesos.clock.advance(0);
    pesos.machine.insert(550);
    await pesos.clock.advance(1000);
    assert.notEqual(pesos.view.stage, "ended");
    assert.equal(pesos.view.inserted, 0, "nothing is believed of it");
});

test("euros are asked for no proof", async () => {
    const till = new CashdroTill();
    till.runner.run(sale());
    await till.clock.advance(0);
    assert.equal(till.machine.calls("getPiecesCurrency").length, 0);
});

test("what was done at the machine is not told in a wrong unit", async (t) => {
    quiet(t);
    const till = unitTill("CLP", { ours: 0, machine: 0, factor: 100 });
    till.machine.add({ state: "F", type: 16, posid: "", in: 500000 });
    await till.driver.look();
    await assert.rejects(till.driver.inventory(), /another unit/);
    assert.equal(till.odoo.calls("cashdro_write_down").length, 0);
});

// Slow machines --------------------------------------------------------------------------------

test("the machine has the time that its device says, and a start is not taken for gone meanwhile", async (t) => {
    quiet(t);
    const till = new CashdroTill({ manners: { timeout: 45000 } });
    till.machine.silent = ["doTest"];
    const outcome = till.runner.run(sale());
    await till.clock.advance(44000);
    assert.equal(till.machine.requests.length, 1, "still waiting");
    assert.ok(till.driver.startLasts >= 4 * 45000);
    await till.clock.advance(1000);
    assert.equal((await outcome).result, "nothing");
});

// The account that machines have by themselves --------------------------------------------------

test("a manager's test says that everybody in its network can start something", async () => {
    const verdict = async (machine) =>
        testConnection({
            endpoint: "https://192.168.1.50",
            name: "The CashDro",
            currency: "EUR",
            access: { user: "pos", password: "s3 cr&t" },
            fetch: machine.fetch,
            networkAccountWarning: "Keep strangers out.",
            _t,
        });
    assert.match((await verdict(new FakeCashdro())).text, /ready.* Keep strangers out/);
    const careful = new FakeCashdro();
    const answer = careful._answer.bind(careful);
    careful._answer = (call, params) => (params.name === "pos" ? answer(call, params) : [-1]);
    const { ok, text } = await verdict(careful);
    assert.deepEqual([ok, text.includes("Keep strangers out")], [true, false]);
});

test("the client is itself again after it asked for that account", async () => {
    const machine = new FakeCashdro();
    const access = { user: "pos", password: "s3 cr&t", terminal: "odoo-1" };
    const client = new CashdroClient({
        endpoint: "https://192.168.1.50",
        name: "The CashDro",
        access,
        fetch: machine.fetch,
        _t,
    });
    assert.equal(await client.hasNetworkAccount(), true);
    await client.test();
    assert.equal(machine.requests.at(-1).params.name, "pos");
});
