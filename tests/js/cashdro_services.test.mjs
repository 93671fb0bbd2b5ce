/** Filling, changing notes and emptying a CashDro that the till's browser talks to. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { CashdroTill } from "./support/cashdro.mjs";
import { sale } from "./support/till.mjs";

const quiet = (t) => t.mock.method(console, "warn", () => {});
const LEVEL = { CurrencyId: "EUR", Destination: "1", LevelCasete: "1" };
const PIECES = [
    { ...LEVEL, Value: "500", Type: "2", LevelRecycler: "3" },
    { ...LEVEL, Value: "100", Type: "1", LevelRecycler: "40" },
    { ...LEVEL, Value: "1000", Type: "2", LevelRecycler: "0" },
    { ...LEVEL, Value: "200", Type: "1", LevelRecycler: "5", CurrencyId: "MXN" },
];

function service(kind) {
    return sale({ kind, amount: 0, allowPartial: false, orderUid: null, orderName: null });
}

async function begin(kind, pieces = PIECES) {
    const till = new CashdroTill();
    till.machine.pieces = pieces;
    const outcome = till.runner.run(service(kind));
    await till.clock.advance(500);
    const [{ params }] = till.machine.calls("startOperation");
    return { till, outcome, started: [params.type, params.parameters] };
}

const ends = (till) => till.machine.calls("finishOperation").map(({ params }) => params.type);

test("filling takes what is put in until it is accepted", async () => {
    const { till, outcome, started } = await begin("fill");
    assert.deepEqual(started, ["1", "{}"]);
    till.machine.insert(5000);
    await till.clock.advance(500);
    assert.equal(await till.runner.accept(), true);
    till.machine.finish();
    await till.clock.advance(500);
    const { result, lineAmount } = await outcome;
    assert.deepEqual([result, lineAmount, ends(till)], ["paid", 5000, ["1"]]);
});

test("changing notes gives the same amount back; what did not come out is owed", async () => {
    const { till, outcome, started } = await begin("exchange");
    assert.deepEqual(started, ["18", "{}"]);
    till.machine.insert(2000);
    await till.clock.advance(500);
    await till.runner.accept();
    till.machine.finish({ out: 1500 });
    await till.clock.advance(500);
    assert.equal(till.view.byHand.amount, 500);
    till.runner.handedOver();
    assert.equal((await outcome).progress.state, "done");
});

for (const [kind, type, chosen, out] of [
    [
        "empty",
        "2",
        {
            Piezas: {
                pieza: [
                    { valor: "500", nivel: "3", isBillete: "true" },
                    { valor: "100", nivel: "40", isBillete: "false" },
                ],
            },
            PiezasCasete: { pieza: [] },
        },
        5500,
    ],
    [
        "transfer",
        "8",
        {
            Piezas: { pieza: [] },
            PiezasCasete: { pieza: [{ valor: "500", nivel: "3", isBillete: "true" }] },
        },
        0,
    ],
]) {
    test(`${kind}: the machine is told once which pieces, and its totals count`, async () => {
        const { till, outcome, started } = await begin(kind);
        assert.deepEqual(started, [type, "{}"]);
        await till.clock.advance(3000);
        assert.deepEqual(ends(till), ["4"]);
        assert.deepEqual(till.machine.operation.chosen, chosen);
        till.machine.finish({ out });
        await till.clock.advance(2000);
        const { progress } = await outcome;
        assert.deepEqual([progress.state, progress.amountOut], ["done", out]);
    });

    test(`${kind} of an empty machine is taken back with the number that it knows`, async () => {
        const { till, outcome } = await begin(kind, [PIECES[2], PIECES[3]]);
        assert.deepEqual(ends(till), ["3"]);
        till.machine.finish();
        await till.clock.advance(2000);
        assert.equal((await outcome).progress.state, "cancelled");
    });

    test(`${kind}: a word that got lost is not said again, not even after a reload`, async (t) => {
        quiet(t);
        const till = new CashdroTill();
        till.machine.pieces = PIECES;
        till.machine.lostAnswers = ["finishOperation"];
        till.runner.run(service(kind));
        await till.clock.advance(3000);
        till.reload();
        const outcome = till.runner.resume(service(kind));
        await till.clock.advance(3000);
        assert.deepEqual(ends(till), ["4"]);
        till.machine.finish({ out });
        await till.clock.advance(2000);
        assert.equal((await outcome).progress.state, "done");
    });
}

test("pieces that the machine does not give after all: it is taken back", async (t) => {
    quiet(t);
    const till = new CashdroTill();
    till.machine.pieces = PIECES;
    till.machine.codes = { finishOperation: -99 };
    const outcome = till.runner.run(service("empty"));
    await till.clock.advance(300);
    till.machine.codes = {};
    await till.clock.advance(2000);
    assert.deepEqual(ends(till).at(-1), "3");
    till.machine.finish();
    await till.clock.advance(2000);
    assert.equal((await outcome).progress.state, "cancelled");
});

test("another till looks on, and does not say which pieces", async () => {
    const { till } = await begin("empty", []);
    const other = new CashdroTill({ machine: till.machine, odoo: till.odoo, terminal: "odoo-2" });
    till.machine.pieces = PIECES;
    till.machine.operation.ending = null;
    const asked = ends(till).length;
    other.runner.resume(service("empty"));
    await other.clock.advance(2000);
    assert.equal(ends(till).length, asked);
});
