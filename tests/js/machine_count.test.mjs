import assert from "node:assert/strict";
import { test } from "node:test";

import { CashCount } from "@pos_smartcash_terminal/app/cash_control/cash_count";
import {
    MachineCount,
    MachineSilent,
    summarise,
} from "@pos_smartcash_terminal/app/cash_control/machine_count";
import { LedgerUnreachable } from "@pos_smartcash_terminal/app/ledger/errors";

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

const MACHINE = { id: 7, name: "Till 1", transport: "gateway", joined: false };
const parse = (text) => (/^-?\d*(\.\d*)?$/.test(text) ? Math.round(Number(text) * 100) : null);
const format = (minor) => (minor / 100).toFixed(2);

function makeCount({
    look = async () => ({ inventory: INVENTORY }),
    take = async () => ANSWER,
    machine = MACHINE,
} = {}) {
    const told = [];
    const count = new MachineCount({
        moment: "opening",
        machine,
        look,
        take: async (...args) => {
            told.push(args);
            return take(...args);
        },
        parse,
    });
    return { count, told };
}

/** The cash of a session with two machines; `answers`: what Odoo says of each, by id. */
function makeCash(answers, { look, machines = [MACHINE, { ...MACHINE, id: 8 }] } = {}) {
    const told = [];
    const take = async (moment, seen, deviceId) => {
        told.push(deviceId);
        return answers[deviceId];
    };
    const cash = new CashCount({
        machines,
        make: (machine) => makeCount({ machine, take, look }).count,
        parse,
        format,
    });
    return { cash, told };
}

test("the machine is counted", async () => {
    const { count, told } = makeCount();
    assert.equal(count.isCounted, false);
    await count.run();
    assert.deepEqual(told, [["opening", { inventory: INVENTORY }, 7]]);
    assert.deepEqual([count.stage, count.isCounted], ["counted", true]);
});

test("the session has what its machines and its drawer hold", async () => {
    const { cash, told } = makeCash({
        7: ANSWER,
        8: { ...ANSWER, share: 1000, expected: 990, handExpected: 0 },
    });
    assert.deepEqual([cash.isReady, cash.hasSeveral], [false, true]);
    await cash.run();
    assert.deepEqual(told, [7, 8]);
    assert.equal(cash.hand, "2.50");
    assert.deepEqual([cash.counted, cash.expected, cash.isReady], [21250, 20740, true]);
});

test("one machine that is not counted keeps the session waiting", async () => {
    const answers = { 7: ANSWER, 8: { refused: { code: "unreachable", message: "off" } } };
    const { cash, told } = makeCash(answers);
    await cash.run();
    assert.equal(cash.isReady, false);
    assert.deepEqual(
        cash.machines.map(({ stage }) => stage),
        ["counted", "typing"]
    );
    answers[8] = { ...ANSWER, handExpected: 0 };
    await cash.run(cash.machines[1]);
    assert.deepEqual([told, cash.isReady], [[7, 8, 8], true]);
});

test("to count one again counts those too that are not counted yet", async () => {
    const { cash, told } = makeCash({ 7: ANSWER, 8: ANSWER });
    await cash.machines[0].run();
    await cash.run(cash.machines[0]);
    assert.deepEqual(told, [7, 7, 8]);
});

test("no machine at all is no count", async () => {
    const { cash } = makeCash({}, { machines: [] });
    await cash.run();
    assert.equal(cash.isReady, false);
});

test("what Odoo tells anew of the machines keeps what is counted", async () => {
    const { cash } = makeCash({ 7: { ...ANSWER, found: 500 } }, { machines: [MACHINE] });
    await cash.run();
    assert.equal(cash.found, 0);
    cash.update([{ ...MACHINE, joined: true }]);
    assert.deepEqual([cash.found, cash.isReady], [500, true]);
    cash.update([MACHINE, { ...MACHINE, id: 9 }]);
    assert.deepEqual([cash.found, cash.machines.length, cash.isReady], [0, 2, false]);
});

test("a machine at another till is taken as it was counted there", async () => {
    const there = { ...ANSWER, total: 700 };
    const { count, told } = makeCount({ look: async () => ({ count: there }) });
    await count.run();
    assert.deepEqual([count.stage, count.count, told], ["counted", there, []]);
});

test("without Odoo nobody knows what another till counted", async () => {
    const { count } = makeCount({
        look: async () => {
            throw new LedgerUnreachable();
        },
    });
    await count.run();
    assert.equal(count.stage, "refused");
    assert.match(count.problem, /Odoo did not answer/);
});

test("a machine that Odoo talks to is counted by Odoo", async () => {
    const { count, told } = makeCount({ look: async () => null });
    await count.run();
    assert.deepEqual(told, [["opening", null, 7]]);
});

test("two presses of “Count again” are one count", async () => {
    const { count, told } = makeCount();
    await Promise.all([count.run(), count.run()]);
    assert.equal(told.length, 1);
});

test("what the cashier typed as hand cash survives another count", async () => {
    const { cash } = makeCash({ 7: ANSWER }, { machines: [MACHINE] });
    await cash.run();
    assert.equal(cash.hand, "2.50");
    cash.hand = "7";
    await cash.run();
    assert.deepEqual([cash.hand, cash.counted], ["7", 20700]);
});

test("hand cash that is no amount is not taken for zero", async () => {
    const { cash } = makeCash({ 7: ANSWER }, { machines: [MACHINE] });
    await cash.run();
    cash.hand = "7x";
    assert.equal(cash.isReady, false);
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
    assert.deepEqual(told, [["opening", { total: 20000, reason: "off" }, 7]]);
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
        assert.deepEqual([count.stage, count.problem, count.isCounted], [stage, "why", false]);
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
    assert.deepEqual([count.stage, count.typedTotal, count.isCounted], ["typing", "200", false]);
    assert.match(count.problem, /Nothing was booked/);
});

test("a recount that fails leaves no count to go on with", async () => {
    let look = async () => ({ inventory: INVENTORY });
    const { count } = makeCount({ look: () => look() });
    await count.run();
    look = async () => {
        throw new Error("The machine is at work.");
    };
    await count.run();
    assert.deepEqual([count.stage, count.isCounted], ["refused", false]);
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
