import assert from "node:assert/strict";
import { test } from "node:test";

import {
    allowedCashMoves,
    allowedServices,
    cashMoveLimit,
    cashMoveProblem,
    payableBeside,
    isCashMove,
    isService,
    movedBy,
} from "@pos_smartcash_terminal/app/common/cash_move";
import {
    cashMoveButtonText,
    cashMoveFailure,
    cashMoveLimitText,
    cashMoveProblemText,
    differenceText,
    serviceOutWords,
    sharedText,
} from "@pos_smartcash_terminal/app/cash_control/cash_words";
import {
    closingStage,
    expectedParts,
} from "@pos_smartcash_terminal/app/cash_control/closing_figures";
import { resultOf } from "@pos_smartcash_terminal/app/operation/view";
import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";

const format = (minor) => `${(minor / 100).toFixed(2)} €`;
const CAUSE = {
    opening: 20000,
    salesIn: 5000,
    change: -1010,
    refunds: -250,
    cashIn: 0,
    cashOut: -3000,
    rounding: 2,
    byHand: 0,
};

test("the parts of what is expected add up to it", () => {
    const parts = expectedParts(CAUSE, 20740);
    assert.deepEqual(
        parts.map(({ key }) => key),
        ["opening", "salesIn", "change", "refunds", "cashOut"]
    );
    for (const expected of [20740, 20800, 0]) {
        const sum = expectedParts(CAUSE, expected).reduce((total, one) => total + one.amount, 0);
        assert.equal(sum, expected);
    }
});

test("what the parts do not explain is shown, not swallowed", () => {
    const [other] = expectedParts(CAUSE, 20700).slice(-1);
    assert.deepEqual(other, { key: "other", amount: -40 });
});

test("an empty session still shows its opening", () => {
    assert.deepEqual(expectedParts({}, 0), [{ key: "opening", amount: 0 }]);
});

test("the closing waits for what runs, then for what is unsent, then for questions", () => {
    const till = { running: 0, refused: 0, unsent: 0 };
    const data = { running: [], open: [] };
    assert.equal(closingStage(data, till), "count");
    assert.equal(closingStage({ ...data, open: [{}] }, till), "questions");
    assert.equal(closingStage({ ...data, open: [{}] }, { ...till, unsent: 1 }), "unsent");
    // A refusal has a reason, and the network is not it.
    assert.equal(closingStage(data, { ...till, refused: 1, unsent: 1 }), "refused");
    assert.equal(closingStage(data, { ...till, running: 1, refused: 1, unsent: 1 }), "busy");
    assert.equal(closingStage({ running: [{}], open: [{}] }, till), "busy");
});

test("cash moves: which, and how much", () => {
    const smartcash = { rights: { cashIn: true, cashOut: false }, limits: { cashIn: 5000 } };
    assert.deepEqual(allowedCashMoves(smartcash), ["cash_in"]);
    assert.deepEqual(allowedCashMoves(null), []);
    const problem = (kind, amount, more) => cashMoveProblem({ kind, amount, ...more }, smartcash);
    assert.equal(problem("cash_in", 5000), null);
    assert.equal(problem("cash_in", 5001), "amount_limit");
    assert.equal(problem("cash_in", null), "bad_amount");
    assert.equal(problem("cash_in", -1), "bad_amount");
    assert.equal(problem("cash_in", 0), "limited_deposit");
    assert.equal(problem("cash_in", 0, { byHand: true }), "amount_needed");
    assert.equal(problem("cash_out", 0), "amount_needed");
    assert.equal(problem("cash_out", 999999), null);
    assert.equal(cashMoveProblem({ kind: "cash_in", amount: 0 }, { limits: {} }), null);
});

test("more than the machine can give out now is not asked for", () => {
    const smartcash = { limits: { cashOut: 50000 } };
    const problem = (amount, inside, more) =>
        cashMoveProblem({ kind: "cash_out", amount, ...more }, smartcash, inside);
    assert.equal(problem(1250, 1250), null);
    assert.equal(problem(1251, 1250), "more_than_inside");
    assert.equal(problem(1, 0), "more_than_inside");
    const steps = { in: 1, out: 5 };
    const out = (amount, more) =>
        cashMoveProblem({ kind: "cash_out", amount, ...more }, smartcash, null, steps);
    assert.equal(out(499), "not_payable");
    assert.equal(out(500), null);
    assert.equal(out(499, { byHand: true }), null);
    assert.equal(cashMoveProblem({ kind: "cash_in", amount: 499 }, smartcash, null, steps), null);
    assert.deepEqual(payableBeside("cash_out", 499, steps), [495, 500]);
    assert.deepEqual(payableBeside("cash_out", 3, steps), [5]);
    assert.deepEqual(payableBeside("cash_out", 3, { in: 0, out: 0 }), []);
    assert.deepEqual(payableBeside("cash_out", 3, null), []);
    assert.match(
        cashMoveProblemText("not_payable", { payable: ["4.95 €", "5.00 €"] }),
        /Enter 4\.95 € or 5\.00 €/
    );
    assert.match(cashMoveProblemText("not_payable", { payable: ["0.05 €"] }), /Enter 0\.05 €/);
    assert.equal(problem(50001, 1250), "amount_limit");
    // Nobody knows what is inside; by hand it does not matter.
    assert.equal(problem(1251, null), null);
    assert.equal(problem(1251, 1250, { byHand: true }), null);
    assert.equal(cashMoveProblem({ kind: "cash_in", amount: 99 }, smartcash, 0), null);
    assert.match(
        cashMoveProblemText("more_than_inside", { inside: "12.50 €" }),
        /can give out now: 12\.50 €/
    );
    assert.match(cashMoveProblemText("amount_limit", { limit: "500.00 €" }), /500\.00 €/);
});

test("the button says in full what moves, and the limit is said before", () => {
    assert.equal(cashMoveButtonText("cash_out", "12.50 €"), "Give out 12.50 €");
    assert.equal(
        cashMoveButtonText("cash_out", "12.50 €", { byHand: true }),
        "Give out 12.50 € by hand"
    );
    assert.equal(cashMoveButtonText("cash_in", "12.50 €"), "Put in 12.50 €");
    assert.equal(cashMoveButtonText("cash_in", "5 €", { byHand: true }), "Take 5 € by hand");
    assert.equal(cashMoveButtonText("cash_out", ""), "Give out");
    assert.equal(cashMoveButtonText("cash_in", "", { byHand: true }), "By hand");
    const smartcash = { limits: { cashIn: 5000, cashOut: null } };
    assert.deepEqual(
        ["cash_in", "cash_out"].map((kind) => cashMoveLimit(kind, smartcash)),
        [5000, 0]
    );
    assert.match(cashMoveLimitText("cash_in", "50.00 €"), /up to 50\.00 €/);
    assert.match(cashMoveLimitText("cash_out", "50.00 €"), /take out up to 50\.00 €/);
    assert.equal(cashMoveLimitText("cash_out", 0), "");
    assert.equal(serviceOutWords("empty", false).buttonText("866.94 €"), "Give out 866.94 €");
    assert.equal(serviceOutWords("collect", true).buttonText("50.00 €"), "Take out 50.00 €");
    assert.match(serviceOutWords("empty", true).hint, /then the stacker/);
});

test("a cash move is told with what really moved", () => {
    assert.deepEqual(movedBy({ result: "partial", lineAmount: 3500 }), {
        type: "in",
        amount: 3500,
    });
    assert.deepEqual(movedBy({ result: "shortfall", lineAmount: -5000 }), {
        type: "out",
        amount: 5000,
    });
    assert.equal(movedBy({ result: "nothing", lineAmount: 0 }), null);
    assert.equal(movedBy({ result: "unknown", lineAmount: 500 }), null);
});

test("payments are no cash moves", () => {
    assert.deepEqual(
        [{ kind: "cash_in" }, { kind: "cash_out" }, { kind: "sale" }, null].map(isCashMove),
        [true, true, false, false]
    );
});

test("filling and emptying: what the machine can do, for whom Odoo allows it", () => {
    const smartcash = (service, kinds) => ({
        rights: { service },
        device: { capabilities: { kinds } },
    });
    const kinds = ["sale", "empty", "fill", "collect"];
    assert.deepEqual(allowedServices(smartcash(true, kinds)), ["fill", "collect", "empty"]);
    assert.deepEqual(allowedServices(smartcash(false, kinds)), []);
    assert.deepEqual(allowedServices(smartcash(true, ["sale"])), []);
    assert.deepEqual(allowedServices({ rights: { service: true }, device: null }), []);
    assert.deepEqual(allowedServices(null), []);
});

test("filling and emptying are nobody's payment", () => {
    for (const kind of ["fill", "collect", "transfer", "exchange", "empty"]) {
        assert.equal(isService({ kind }) && isCashMove({ kind }), true, kind);
    }
    assert.equal(isService({ kind: "cash_out" }) || isService(null), false);
});

test("notes that were changed are no failure, though nothing stayed moved", () => {
    const outcome = (kind, state, amountOut) =>
        resultOf({ kind, amount: 0 }, makeProgress({ state, amountIn: 2000, amountOut }));
    assert.equal(outcome("exchange", "done", 2000), "paid");
    assert.equal(outcome("transfer", "done", 2000), "paid");
    assert.equal(outcome("exchange", "cancelled", 2000), "nothing");
    assert.equal(outcome("fill", "cancelled", 2000), "nothing");
    assert.equal(outcome("fill", "done", 0), "paid");
});

test("why the stacker was not emptied is said in the till's words", () => {
    const progress = makeProgress({
        state: "failed",
        messages: [{ code: "nothing_transferred", text: "raw", level: "warning" }],
    });
    const [text] = cashMoveFailure({ result: "nothing", progress }, "0.00 €");
    assert.match(text, /No note went into the stacker/);
});

test("differences in words", () => {
    assert.equal(differenceText(0, format), "As expected");
    assert.equal(differenceText(150, format), "1.50 € more than expected");
    assert.equal(differenceText(-150, format), "1.50 € missing");
});

test("a payout without pieces does not speak of payment methods", () => {
    const progress = makeProgress({
        state: "failed",
        messages: [{ code: "no_change", text: "no", level: "error" }],
    });
    const [text] = cashMoveFailure({ result: "nothing", progress }, "30.00 €");
    assert.match(text, /30\.00 €/);
    assert.doesNotMatch(text, /payment method/);
});

test("a machine of one POS needs no words about others; a shared one says whose part it is", () => {
    const count = { total: 5000, share: 5000, deferred: 0, sharedWith: [] };
    assert.equal(sharedText(count, format), "");
    assert.equal(
        sharedText({ ...count, share: 2000 }, format),
        "Part of this Point of Sale: 20.00 €."
    );
    const text = sharedText(
        { ...count, share: 2000, deferred: -150, sharedWith: ["Bar", "Kiosk"] },
        format
    );
    assert.match(text, /20\.00 €.*Bar, Kiosk.*-1\.50 €/);
});
