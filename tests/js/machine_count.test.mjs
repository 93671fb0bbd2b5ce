import assert from "node:assert/strict";
import { test } from "node:test";

import {
    MachineCount,
    MachineSilent,
    summarise,
} from "@pos_smartcash_terminal/app/cash_control/machine_count";
import { LedgerUnreachable } from "@pos_smartcash_terminal/app/ledger_errors";

const INVENTORY = { currency: "EUR", total: 20000, denominations: [] };
const ANSWER = {
    total: 20000,
    share: 20000,
    expected: 19500,
    difference: 500,
    handExpected: 250,
    source: "device",
    denominations: [],
};

function makeCount({ look = async () => INVENTORY, take = async () => ANSWER } = {}) {
    const told = [];
    const count = new MachineCount({
        moment: "opening",
        look,
        take: async (...args) => {
            told.push(args);
            return take(...args);
        },
        parse: (text) => (/^-?\d*(\.\d*)?$/.test(text) ? Math.round(Number(text) * 100) : null),
        format: (minor) => (minor / 100).toFixed(2),
    });
    return { count, told };
}

test("the machine is counted, and the hand cash is what is expected in the drawer", async () => {
    const { count, told } = makeCount();
    assert.equal(count.isReady, false);
    await count.run();
    assert.deepEqual(told, [["opening", { inventory: INVENTORY }]]);
    assert.equal(count.stage, "counted");
    assert.equal(count.hand, "2.50");
    assert.deepEqual([count.counted, count.expected, count.isReady], [20250, 19750, true]);
});

test("a machine that Odoo talks to is counted by Odoo", async () => {
    const { count, told } = makeCount({ look: async () => null });
    await count.run();
    assert.deepEqual(told, [["opening", null]]);
});

test("two presses of “Count again” are one count", async () => {
    const { count, told } = makeCount();
    await Promise.all([count.run(), count.run()]);
    assert.equal(told.length, 1);
});

test("what the cashier typed as hand cash survives another count", async () => {
    const { count } = makeCount();
    await count.run();
    count.hand = "7";
    count.typeHand();
    await count.run();
    assert.deepEqual([count.hand, count.counted], ["7", 20700]);
});

test("hand cash that is no amount is not taken for zero", async () => {
    const { count } = makeCount();
    await count.run();
    count.hand = "7x";
    assert.equal(count.isReady, false);
});

test("a machine that cannot be reached is counted by a person, with a reason", async () => {
    const { count, told } = makeCount({
        look: async () => {
            throw new MachineSilent("The machine is switched off.");
        },
        take: async () => ({ ...ANSWER, source: "manual" }),
    });
    await count.run();
    assert.deepEqual([count.stage, count.problem], ["typing", "The machine is switched off."]);
    for (const [total, reason] of [
        ["", "off"],
        ["200", " "],
        ["2x", "off"],
        ["-1", "off"],
    ]) {
        Object.assign(count, { typedTotal: total, reason });
        assert.equal(count.canTakeTyped, false, `${total} ${reason}`);
        await count.takeTyped();
    }
    assert.equal(told.length, 0);
    Object.assign(count, { typedTotal: "200", reason: " off " });
    await count.takeTyped();
    assert.deepEqual(told, [["opening", { total: 20000, reason: "off" }]]);
    assert.deepEqual([count.stage, count.isByHand], ["counted", true]);
});

test("an empty machine can be entered as 0", async () => {
    const { count } = makeCount({
        look: async () => {
            throw new MachineSilent("off");
        },
    });
    await count.run();
    Object.assign(count, { typedTotal: "0", reason: "emptied" });
    assert.equal(count.canTakeTyped, true);
});

for (const [code, stage] of [
    ["device_busy", "refused"],
    ["right_missing", "refused"],
    ["session_closed", "refused"],
    ["unreachable", "typing"],
    ["bad_values", "typing"],
]) {
    test(`refused because of ${code}: ${stage}`, async () => {
        const { count } = makeCount({ take: async () => ({ refused: { code, message: "why" } }) });
        await count.run();
        assert.deepEqual([count.stage, count.problem, count.isReady], [stage, "why", false]);
    });
}

test("without Odoo nothing is counted, and what was typed stays", async () => {
    const { count } = makeCount({
        look: async () => {
            throw new MachineSilent("off");
        },
        take: async () => {
            throw new LedgerUnreachable();
        },
    });
    await count.run();
    Object.assign(count, { typedTotal: "200", reason: "off" });
    await count.takeTyped();
    assert.deepEqual([count.stage, count.typedTotal, count.isReady], ["typing", "200", false]);
    assert.match(count.problem, /Nothing was booked/);
});

test("a recount that fails leaves no count to go on with", async () => {
    let look = async () => INVENTORY;
    const { count } = makeCount({ look: () => look() });
    await count.run();
    look = async () => {
        throw new Error("The machine is at work.");
    };
    await count.run();
    assert.deepEqual([count.stage, count.isReady], ["refused", false]);
});

test("denominations: what is there, the largest first, both places together", () => {
    const piece = (value, recycler, cassette) => ({ value, kind: "coin", recycler, cassette });
    assert.deepEqual(
        summarise([piece(10, 3, 0), piece(500, 0, 0), piece(2000, 1, 2)]).map((one) => [
            one.value,
            one.pieces,
            one.amount,
        ]),
        [
            [2000, 3, 6000],
            [10, 3, 30],
        ]
    );
});
