import assert from "node:assert/strict";
import { test } from "node:test";

import {
    reasonToRelease,
    settledByLedger,
} from "@pos_smartcash_terminal/app/operation/ledger_outcome";
import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";

const SALE = { uuid: "u-1", kind: "sale", amount: 875 };
const UNKNOWN = {
    uuid: "u-1",
    result: "unknown",
    lineAmount: 500,
    progress: makeProgress({ state: "unknown", amountIn: 500 }),
    refusal: null,
};
const resolved = (state, resolution) => ({
    refused: {
        code: "backwards",
        message: "already further",
        state,
        operation: { ...makeProgress({ state, amountIn: 500 }), uuid: "u-1", resolution },
    },
});

for (const [state, resolution] of [
    ["cancelled", "returned"],
    ["failed", "nothing_moved"],
    ["done", "counting_error"],
    ["done", "cash_in"],
    ["done", "cash_out"],
    ["done", "credit"],
]) {
    test(`resolved as ${resolution}, the line ends with nothing`, () => {
        const outcome = settledByLedger(SALE, UNKNOWN, resolved(state, resolution));
        assert.deepEqual(
            [outcome.result, outcome.lineAmount, outcome.decision],
            ["nothing", 0, resolution]
        );
        assert.equal(outcome.progress.state, state);
    });
}

for (const resolution of ["order", "confirmed"]) {
    test(`resolved as ${resolution}, the line is worth what the machine kept`, () => {
        const outcome = settledByLedger(SALE, UNKNOWN, resolved("done", resolution));
        assert.deepEqual(
            [outcome.result, outcome.lineAmount, outcome.decision],
            ["partial", 500, resolution]
        );
    });
}

test("what a manager gave to another order is not paid on this one too", () => {
    const op = { ...SALE, orderName: "Order 00001-001-0001" };
    const answer = resolved("done", "order");
    answer.refused.operation.bookedOn = "Order 00001-001-0002";
    const elsewhere = settledByLedger(op, UNKNOWN, answer);
    assert.deepEqual([elsewhere.result, elsewhere.lineAmount], ["nothing", 0]);
    answer.refused.operation.bookedOn = op.orderName;
    assert.equal(settledByLedger(op, UNKNOWN, answer).lineAmount, 500);
});

test("an end that another page has reported counts as it was reported", () => {
    const row = makeProgress({ state: "done", amountIn: 1000, amountOut: 25, undispensed: 100 });
    const answer = { refused: { code: "backwards", operation: { ...row, resolution: null } } };
    const outcome = settledByLedger(SALE, UNKNOWN, answer);
    assert.deepEqual([outcome.lineAmount, outcome.decision], [875, null]);
});

test("as long as Odoo knows no more, the question stays", () => {
    for (const answer of [
        { ...UNKNOWN.progress, uuid: "u-1" },
        { refused: { code: "not_yours", message: "Another user runs this operation." } },
        { refused: { code: "device_busy", message: "busy", operation: "u-2" } },
        { refused: { code: "backwards", message: "an Odoo that sends no row", state: "done" } },
    ]) {
        assert.equal(settledByLedger(SALE, UNKNOWN, answer), UNKNOWN);
    }
});

const NAME = "Order 00001-001-0001";
const NOWHERE = { matchState: "open", resolution: null, bookedOn: null, isOrderPaid: false };
for (const [what, answer, reason] of [
    ["a question is", {}, null],
    ["what a manager settled elsewhere is", { matchState: "resolved" }, "decided"],
    [
        "what a manager gave to another order is",
        { matchState: "resolved", bookedOn: "Order 00001-001-0002", isOrderPaid: true },
        "decided",
    ],
    ["the payment of a draft is", { matchState: "matched", bookedOn: NAME }, null],
    ["a draft's, by a manager, is", { matchState: "resolved", bookedOn: NAME }, null],
    [
        "what Odoo has on this order, paid, is",
        { matchState: "matched", bookedOn: NAME, isOrderPaid: true },
        "paid",
    ],
]) {
    test(`${what} released: ${reason}`, () => {
        assert.equal(reasonToRelease(NAME, { ...NOWHERE, ...answer }), reason);
    });
}

test("what the ledger does not tell releases nothing", () => {
    assert.equal(reasonToRelease(NAME, { refused: { code: "unknown_operation" } }), null);
});
