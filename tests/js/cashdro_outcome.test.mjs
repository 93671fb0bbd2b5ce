/** The machine's totals against what they mean; minor units. Python's `outcome.py` says the same. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { judge } from "@pos_cashdro/app/cashdro_outcome";
import { net } from "@pos_smartcash_terminal/app/progress";

function status(state, { total = 0, totalIn = 0, totalOut = 0, owed = 0, ...changes }) {
    const quiet = { messages: [], withError: false, cancelled: null };
    const amounts = { total, totalIn, totalOut, changeNotAvailable: owed };
    return { id: "1", state, ...amounts, ...quiet, ...changes };
}

/** @returns {Array} state, net, undispensed, rounding */
function end(kind, amount, totalIn = 0, totalOut = 0, changes = {}) {
    const { wish = null, tolerance = 1, ...said } = changes;
    const progress = judge(
        { kind, amount, wish, allowPartial: false, tolerance },
        status("F", { total: amount, totalIn, totalOut, ...said })
    );
    return [progress.state, net(progress), progress.undispensed, progress.rounding];
}

test("the maker's basic homologation, row by row, and its totals", () => {
    const rows = [
        ["sale", 1, 0, 0, null, ["done", 0, 0, 1]],
        ["sale", 3, 2, 0, null, ["done", 2, 0, 1]],
        ["sale", 1000, 500, 500, "cancel", ["cancelled", 0, 0, 0]],
        ["sale", 101, 100, 0, null, ["done", 100, 0, 1]],
        ["sale", 103, 102, 0, null, ["done", 102, 0, 1]],
        ["sale", 103, 104, 2, null, ["done", 102, 0, 1]],
        ["sale", 197, 200, 4, null, ["done", 196, 0, 1]],
        ["sale", 1001, 1100, 100, null, ["done", 1000, 0, 1]],
        ["sale", 300, 300, 0, null, ["done", 300, 0, 0]],
        ["sale", 1000, 1000, 0, null, ["done", 1000, 0, 0]],
        ["sale", 1250, 1250, 0, null, ["done", 1250, 0, 0]],
        ["sale", 500, 2000, 1500, null, ["done", 500, 0, 0]],
        ["refund", 501, 0, 502, null, ["done", -502, 0, 1]],
        ["refund", 1203, 0, 1204, null, ["done", -1204, 0, 1]],
        ["refund", 499, 0, 500, null, ["done", -500, 0, 1]],
        ["refund", 1, 0, 2, null, ["done", -2, 0, 1]],
        ["refund", 3, 0, 4, null, ["done", -4, 0, 1]],
    ];
    let [totalIn, totalOut] = [0, 0];
    for (const [kind, amount, amountIn, amountOut, wish, expected] of rows) {
        assert.deepEqual(end(kind, amount, amountIn, amountOut, { wish }), expected);
        totalIn += amountIn;
        totalOut += amountOut;
    }
    assert.deepEqual([totalIn, totalOut, totalIn - totalOut], [6658, 4318, 2340]);
});

test("change that could not be given is owed, also by a machine that does not say so", () => {
    assert.deepEqual(end("sale", 1000, 2000, 700, { owed: 300 }), ["done", 1300, 300, 0]);
    assert.deepEqual(end("sale", 197, 200, 0, { owed: 4 }), ["done", 200, 4, 1]);
    assert.deepEqual(end("sale", 1000, 2000, 700), ["done", 1300, 300, 0]);
});

test("a part that was accepted is paid; a missing cent of it is not rounding", () => {
    assert.deepEqual(end("sale", 1000, 500, 0, { wish: "accept" }), ["done", 500, 0, 0]);
    assert.deepEqual(end("sale", 1000, 500), ["done", 500, 0, 0]);
    assert.deepEqual(end("sale", 1000, 999, 0, { wish: "accept" }), ["done", 999, 0, 0]);
});

test("a cancel that cannot give everything back owes the rest", () => {
    for (const how of [{ wish: "cancel" }, { cancelled: true }, {}]) {
        const expected = ["cancelled", 300, 300, 0];
        assert.deepEqual(end("sale", 1000, 500, 200, { owed: 300, ...how }), expected);
    }
    assert.deepEqual(end("sale", 1000, 500, 0, { owed: 500 }), ["cancelled", 500, 500, 0]);
    assert.deepEqual(end("sale", 1000), ["cancelled", 0, 0, 0]);
});

test("a cancel that came too late is a sale; a cancelled cent is not", () => {
    assert.deepEqual(end("sale", 1000, 2000, 1000, { wish: "cancel" }), ["done", 1000, 0, 0]);
    assert.deepEqual(end("sale", 1, 0, 0, { wish: "cancel" }), ["cancelled", 0, 0, 0]);
    assert.deepEqual(end("sale", 1, 0, 0, { tolerance: 0 }), ["cancelled", 0, 0, 0]);
});

test("a gap above the machine's rounding is never rounding", () => {
    assert.deepEqual(end("sale", 1003, 1000), ["done", 1000, 0, 0]);
    assert.deepEqual(end("sale", 1003, 1000, 0, { tolerance: 4 }), ["done", 1000, 0, 3]);
});

test("payouts that are incomplete owe the rest; none at all is a failure", () => {
    assert.deepEqual(end("refund", 1000, 0, 400, { owed: 600 }), ["done", -400, 600, 0]);
    assert.deepEqual(end("refund", 1000), ["failed", 0, 0, 0]);
    assert.deepEqual(end("refund", 1000, 0, 0, { wish: "cancel" }), ["cancelled", 0, 0, 0]);
    assert.deepEqual(end("cash_out", 501, 0, 502), ["done", -502, 0, 0]);
});

test("deposits are booked as they moved", () => {
    assert.deepEqual(end("cash_in", 1000, 1015, 15), ["done", 1000, 0, 0]);
    assert.deepEqual(end("cash_in", 0, 25000), ["done", 25000, 0, 0]);
    assert.deepEqual(end("cash_in", 0, 500, 500, { wish: "cancel" }), ["cancelled", 0, 0, 0]);
    assert.deepEqual(end("cash_in", 0, 500, 200, { wish: "cancel" }), ["cancelled", 300, 300, 0]);
});

test("totals that cannot be are a question", () => {
    assert.equal(end("sale", 1000, 0, 500)[0], "unknown");
    assert.equal(end("refund", 1000, 500)[0], "unknown");
});

test("while it runs, what can be asked for follows from what has moved", () => {
    const phase = (kind, state, totalIn = 0, asked = {}) => {
        const progress = judge(
            { kind, amount: 1000, wish: null, allowPartial: true, tolerance: 1, ...asked },
            status(state, { total: 1000, totalIn })
        );
        return [progress.phase, progress.cancellable, progress.acceptable];
    };
    assert.deepEqual(phase("sale", "I"), ["starting", true, false]);
    assert.deepEqual(phase("sale", "Q"), ["starting", true, false]);
    assert.deepEqual(phase("sale", "?"), ["accepting", true, false]);
    assert.deepEqual(phase("sale", "E", 500), ["accepting", true, true]);
    assert.deepEqual(phase("sale", "E", 500, { allowPartial: false }), ["accepting", true, false]);
    assert.deepEqual(phase("sale", "E", 500, { wish: "cancel" }), ["cancelling", false, false]);
    assert.deepEqual(phase("sale", "E", 1000), ["dispensing", false, false]);
    assert.deepEqual(phase("refund", "E"), ["dispensing", false, false]);
    assert.deepEqual(phase("cash_in", "E", 500, { amount: 0 }), ["accepting", true, true]);
});

test("the machine's remarks: the last refused piece, a queue, a fault that matters", () => {
    const codes = (state, said) =>
        judge(
            { kind: "sale", amount: 1000, wish: null, allowPartial: true, tolerance: 1 },
            status(state, said)
        ).messages.map(({ code }) => code);
    assert.deepEqual(codes("E", { messages: [4, 0] }), ["cashdro_piece_0"]);
    assert.deepEqual(codes("Q", {}), ["cashdro_queued"]);
    assert.deepEqual(codes("E", { withError: true }), ["cashdro_fault"]);
    assert.deepEqual(codes("F", { totalIn: 1000, withError: true }), []);
});
