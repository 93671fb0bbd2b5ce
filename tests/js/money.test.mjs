import assert from "node:assert/strict";
import { test } from "node:test";

import { fromMinor, roundedUp, toMinor } from "@pos_smartcash_terminal/app/common/money";

test("every cent amount survives the way there and back", () => {
    for (let cents = -20000; cents <= 20000; cents++) {
        assert.equal(toMinor(cents / 100, 2), cents);
        assert.equal(toMinor(fromMinor(cents, 2), 2), cents);
    }
});

test("float noise of Odoo's sums does not lose a unit", () => {
    assert.equal(toMinor(5.1, 2), 510);
    assert.equal(toMinor(0.1 + 0.2, 2), 30);
    assert.equal(toMinor(1.005, 3), 1005);
    assert.equal(toMinor(4.35, 2), 435);
    assert.equal(toMinor(1.115, 2), 112);
    assert.equal(toMinor(-1.115, 2), -112);
    assert.equal(toMinor(1234567.89, 2), 123456789);
    assert.equal(toMinor(700, 0), 700);
});

test("zero has no sign", () => {
    assert.ok(Object.is(toMinor(-0, 2), 0));
    assert.ok(Object.is(fromMinor(-0, 2), 0));
});

test("a payout is rounded up to what the machine has pieces for", () => {
    const rounded = [501, 502, 1].map((minor) => roundedUp(minor, 2));
    assert.deepEqual(rounded, [502, 502, 2]);
    assert.equal(roundedUp(501, 0), 501);
});

test("what is no amount is refused, not guessed", () => {
    for (const bad of [NaN, Infinity, undefined, null, "5.10", 1e300]) {
        assert.throws(() => toMinor(bad, 2), RangeError, String(bad));
    }
    assert.throws(() => fromMinor(1.5, 2), RangeError);
    assert.throws(() => toMinor(1, 2.5), RangeError);
    assert.throws(() => toMinor(1, undefined), RangeError);
});
