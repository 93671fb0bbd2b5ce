import assert from "node:assert/strict";
import { test } from "node:test";

import {
    isEnded,
    isFinal,
    lineAmount,
    makeProgress,
    mergeProgress,
    net,
    owedByHand,
    settledAmount,
} from "@pos_smartcash_terminal/app/common/progress";
import { byHandUuid, newUuid } from "@pos_smartcash_terminal/app/common/uuid";

const accepting = (amountIn) => makeProgress({ phase: "accepting", amountIn, cancellable: true });

test("net is what the machine kept, the line adds its rounding", () => {
    const progress = makeProgress({ state: "done", amountIn: 2000, amountOut: 1010, rounding: 2 });
    assert.equal(net(progress), 990);
    assert.equal(lineAmount(progress), 992);
});

test("an ended operation offers nothing more and has the ended phase", () => {
    const progress = makeProgress({ state: "done", phase: "accepting", cancellable: true });
    assert.equal(progress.phase, "ended");
    assert.equal(progress.cancellable, false);
});

test("what no device may say is refused", () => {
    assert.throws(() => makeProgress({ state: "paid" }), TypeError);
    assert.throws(() => makeProgress({ phase: "ended" }), TypeError);
    assert.throws(() => makeProgress({ amountIn: -1 }), TypeError);
    assert.throws(() => makeProgress({ amountIn: 9.9 }), TypeError);
    assert.throws(() => makeProgress({ amountOut: "5" }), TypeError);
    assert.throws(() => makeProgress({ messages: "jam" }), TypeError);
});

test("a late older message changes nothing", () => {
    const known = accepting(500);
    assert.equal(mergeProgress(known, accepting(200)), known);
    const olderNews = makeProgress({ ...accepting(200), acceptable: true, deviceRef: "j:1" });
    assert.equal(mergeProgress(known, olderNews), known);
    assert.equal(mergeProgress(known, makeProgress({ phase: "starting" })), known);
    const dispensing = makeProgress({ phase: "dispensing", amountIn: 2000, amountOut: 100 });
    assert.equal(mergeProgress(dispensing, accepting(2000)), dispensing);
});

test("money already seen stays seen when the phase moves on", () => {
    const merged = mergeProgress(
        accepting(500),
        makeProgress({ phase: "cancelling", amountIn: 0 })
    );
    assert.equal(merged.phase, "cancelling");
    assert.equal(merged.amountIn, 500);
});

test("an ended progress is final, and unknown may only become known", () => {
    const done = makeProgress({ state: "done", amountIn: 990 });
    assert.equal(mergeProgress(done, makeProgress({ state: "cancelled" })), done);
    assert.equal(mergeProgress(done, accepting(990)), done);
    const unknown = makeProgress({ state: "unknown", amountIn: 500 });
    assert.equal(mergeProgress(unknown, accepting(990)), unknown);
    assert.equal(mergeProgress(unknown, done), done);
    const known = makeProgress({ state: "unknown", amountIn: 500, amountOut: 200 });
    assert.equal(mergeProgress(unknown, known), known, "its amounts may become known before");
    assert.equal(mergeProgress(known, makeProgress({ ...known })), known);
    assert.ok(isEnded(unknown) && !isFinal(unknown));
});

test("what the machine owes is owed by hand only once the outcome is known", () => {
    const shortfall = { amountIn: 5000, amountOut: 0, undispensed: 4010 };
    assert.equal(owedByHand(makeProgress({ state: "done", ...shortfall }), false), 4010);
    assert.equal(owedByHand(makeProgress({ state: "done", ...shortfall }), true), 0);
    assert.equal(owedByHand(makeProgress({ state: "unknown", ...shortfall }), false), 0);
    assert.equal(settledAmount(makeProgress({ state: "done", ...shortfall }), true), 990);
});

test("the uuid of a hand-over follows from the parent's and is a valid other one", () => {
    const parent = newUuid();
    assert.match(parent, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.notEqual(byHandUuid(parent), parent);
    assert.equal(byHandUuid(parent), byHandUuid(parent));
    assert.match(byHandUuid(parent), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab]/);
    assert.notEqual(byHandUuid(newUuid()), byHandUuid(newUuid()));
});
