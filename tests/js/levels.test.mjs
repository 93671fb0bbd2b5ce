import assert from "node:assert/strict";
import { test } from "node:test";

import { LedgerUnreachable } from "@pos_smartcash_terminal/app/ledger/errors";
import {
    bars,
    bringTotal,
    collected,
    shares,
    toBring,
} from "@pos_smartcash_terminal/app/levels/levels_picture";
import { LevelsWatch } from "@pos_smartcash_terminal/app/levels/levels_watch";
import { readLevels } from "@pos_smartcash_terminal/app/levels/read_levels";
import { bringText } from "@pos_smartcash_terminal/app/levels/levels_words";

const level = (values) => ({
    value: 50,
    kind: "coin",
    recycler: 0,
    cassette: 0,
    capacity: 0,
    low: 0,
    high: 0,
    target: 0,
    state: "ok",
    bring: 0,
    rolls: 0,
    ...values,
});

test("a bar is as long as its recycler, with marks where it is nearly empty and nearly full", () => {
    const [bar] = bars([level({ recycler: 45, capacity: 150, low: 15, high: 135 })]);
    assert.deepEqual([bar.filled, bar.low, bar.high], [30, 10, 90]);
});

test("the contents are one bar of coins, notes and the cassette, without what is empty", () => {
    const coins = level({ recycler: 10, value: 100 });
    const notes = level({ kind: "note", recycler: 5, cassette: 1, value: 1000 });
    assert.deepEqual(shares([coins, notes]), [
        { place: "coin", amount: 1000, percent: 14.3 },
        { place: "note", amount: 5000, percent: 71.4 },
        { place: "cassette", amount: 1000, percent: 14.3 },
    ]);
    assert.deepEqual(
        shares([coins, level({ kind: "note" })]).map(({ place }) => place),
        ["coin"]
    );
    assert.deepEqual(shares([]), []);
});

test("where nobody knows what fits, a bar is twice the target, and never too short", () => {
    const filled = (values) => bars([level(values)])[0].filled;
    assert.equal(filled({ recycler: 20, target: 40 }), 25);
    assert.equal(filled({ recycler: 500, target: 40 }), 100);
    assert.equal(filled({ recycler: 7 }), 100);
    assert.equal(filled({ recycler: 0, low: 5 }), 0);
    assert.equal(filled({ recycler: 130, capacity: 120 }), 100);
});

test("what only goes to the cassette has no bar", () => {
    const note = level({ value: 10000, kind: "note", cassette: 3 });
    assert.deepEqual(bars([note]), []);
    assert.deepEqual(collected([note, level({ recycler: 4 })]), [note]);
});

test("what to bring and what it is worth", () => {
    const levels = [
        level({ bring: 80, rolls: 2 }),
        level({ recycler: 9 }),
        level({ value: 500, bring: 3 }),
    ];
    assert.deepEqual(toBring(levels), [levels[0], levels[2]]);
    assert.equal(bringTotal(levels), 80 * 50 + 1500);
    assert.equal(bringText(levels[0], "0.50 €"), "2 rolls: 80 × 0.50 €");
    assert.equal(bringText(level({ bring: 40, rolls: 1 }), "0.50 €"), "1 roll: 40 × 0.50 €");
    assert.equal(bringText(levels[2], "5.00 €"), "3 × 5.00 €");
});

const INVENTORY = { currency: "EUR", denominations: [] };

/** What a machine that tells `seen`, and an Odoo that answers with `answer`, come to. */
async function read({ seen, answer = { levels: [] } }) {
    const told = [];
    const reply = async (value) => {
        if (value instanceof Error) {
            throw value;
        }
        return value;
    };
    const found = await readLevels({
        driver: seen === undefined ? null : { inventory: () => reply(seen) },
        ask: (inventory) => {
            told.push(inventory);
            return reply(answer);
        },
    });
    return { ...found, told };
}

test("Odoo is told what the machine has inside", async () => {
    const { levels, problem, told } = await read({
        seen: { operation: null, inventory: INVENTORY },
    });
    assert.deepEqual([levels, problem, told], [{ levels: [] }, "", [INVENTORY]]);
});

test("while money moves, or without the machine, Odoo tells what was last seen", async () => {
    for (const seen of [
        { operation: "a uuid", inventory: INVENTORY },
        { operation: null, inventory: null },
        new Error("the gateway is away"),
        undefined, // the server's machine
    ]) {
        const { levels, told } = await read({ seen });
        assert.deepEqual([levels, told], [{ levels: [] }, [null]]);
    }
});

test("what Odoo refuses is said, and a silent Odoo too", async () => {
    const refused = { refused: { code: "bad_values", message: "Counts in USD" } };
    assert.equal((await read({ answer: refused })).problem, "Counts in USD");
    const { levels, problem } = await read({ answer: new LedgerUnreachable(new Error("gone")) });
    assert.equal(levels, null);
    assert.match(problem, /Odoo did not answer/);
});

test("what a driver knows of its machine is told to Odoo once, and never of one that Odoo drives", async () => {
    const asked = [];
    const watch = new LevelsWatch(async (_model, method, args) => {
        asked.push([method, ...args]);
        return method === "attention" ? [{ id: 3, text: "Empty: 0.50." }] : {};
    });
    const devices = [
        { id: 3, transport: "gateway" },
        { id: 4, transport: "server" },
        { id: 5, transport: "server", capabilities: { card: true } },
    ];
    let inside = { total: 5 };
    const found = await watch.look(devices, () => inside);
    assert.deepEqual([...found], [[3, "Empty: 0.50."]]);
    assert.deepEqual(asked.splice(0), [
        ["levels", [3], { total: 5 }],
        ["attention", [3, 4]],
    ]);
    await watch.look(devices, () => inside);
    inside = null;
    await watch.look(devices, () => inside);
    assert.deepEqual(asked.splice(0), Array(2).fill(["attention", [3, 4]]));
    inside = { total: 6 };
    await watch.look(devices, () => inside);
    assert.deepEqual(asked[0], ["levels", [3], { total: 6 }]);
    asked.splice(0);
    assert.deepEqual([...(await watch.look(devices.slice(2), () => inside))], []);
    assert.deepEqual(asked, [], "card terminals run out of nothing");
});
