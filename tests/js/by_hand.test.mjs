import assert from "node:assert/strict";
import { test } from "node:test";

import { allowsByHand, bookByHand } from "@pos_smartcash_terminal/app/operation/by_hand";
import {
    byHandUuid,
    isByHand,
    newByHandUuid,
    newUuid,
} from "@pos_smartcash_terminal/app/common/uuid";
import { ConnectionLostError, rpcError } from "./support/odoo.mjs";
import { Till, UUID, refund, sale } from "./support/till.mjs";

const BY_HAND = byHandUuid(UUID);
const taken = () => sale({ uuid: BY_HAND });
const given = () => refund({ uuid: BY_HAND });
const RIGHTS = { rights: { sale: true, refund: true, byHand: true }, limits: {} };

const book = (till, op, resume = false) => bookByHand(till.ledger, op, { resume });
const rowsOf = (till) => [...till.odoo.rows.values()].map(({ values }) => values);

/** Odoo does what it is asked, and the answer gets lost. */
function loseAnswersOf(till, method) {
    till.odoo.onAnswer = (asked) => {
        if (asked === method) {
            throw new ConnectionLostError(`no answer to ${asked}`);
        }
    };
}

test("a uuid says by itself that a person did it", () => {
    assert.ok(isByHand(newByHandUuid()));
    assert.ok(!isByHand(newUuid()));
    assert.ok(!isByHand(null));
});

test("by hand wants the right, the kind's right, and the kind's limit", () => {
    assert.ok(allowsByHand(RIGHTS, "sale", 990));
    assert.ok(!allowsByHand(null, "sale", 990));
    assert.ok(!allowsByHand({ rights: { ...RIGHTS.rights, byHand: false } }, "sale", 990));
    assert.ok(!allowsByHand({ rights: { ...RIGHTS.rights, refund: false } }, "refund", 990));
    assert.ok(!allowsByHand({ ...RIGHTS, limits: { sale: 989 } }, "sale", 990));
    assert.ok(allowsByHand({ ...RIGHTS, limits: { sale: 990 } }, "sale", 990));
    assert.ok(!allowsByHand(RIGHTS, "sale", 0));
});

test("what is taken by hand is booked as such, and no longer remembered", async () => {
    const till = new Till();
    const outcome = await book(till, taken());
    assert.deepEqual(outcome, { result: "booked", refusal: null });
    const [values] = rowsOf(till);
    assert.deepEqual([values.uuid, values.manual, values.amount], [BY_HAND, true, 990]);
    assert.equal(values.parent_uuid, null);
    assert.deepEqual(till.ledger.storedOperations(), []);
    assert.deepEqual(till.machine.starts, [], "no machine hears of it");
});

test("the browser has it on disk before Odoo is asked", async () => {
    const till = new Till();
    let stored = null;
    till.odoo.onRequest = () => {
        stored = till.ledger.storedOperation(BY_HAND);
    };
    await book(till, taken());
    assert.equal(stored.op.uuid, BY_HAND);
    assert.equal(stored.op.manual, true);
});

test("a refused right leaves nothing behind, and the reason is known", async () => {
    const till = new Till();
    till.odoo.refusals.register = { code: "right_missing", message: "Ask a manager." };
    const { result, refusal } = await book(till, taken());
    assert.deepEqual([result, refusal.message], ["refused", "Ask a manager."]);
    assert.deepEqual(till.ledger.storedOperations(), []);
    assert.equal(till.ledger.waiting, 0);
});

test("a sale by hand goes on without Odoo, which hears of it once it answers", async () => {
    const till = new Till();
    till.odoo.reachable = false;
    assert.equal((await book(till, taken())).result, "booked");
    assert.equal(till.ledger.waiting, 1);
    till.odoo.reachable = true;
    till.reload();
    await till.ledger.flush();
    assert.deepEqual(
        rowsOf(till).map(({ uuid, manual }) => [uuid, manual]),
        [[BY_HAND, true]]
    );
});

test("a lost answer to a sale by hand books it once", async () => {
    const till = new Till();
    loseAnswersOf(till, "register");
    assert.equal((await book(till, taken())).result, "booked");
    till.odoo.onAnswer = () => {};
    await till.ledger.flush();
    assert.equal(rowsOf(till).length, 1);
    assert.equal(till.ledger.waiting, 0);
});

test("without Odoo no money is given out by hand, and nothing is left of the wish", async () => {
    const till = new Till();
    till.odoo.reachable = false;
    const { result, refusal } = await book(till, given());
    assert.deepEqual([result, refusal.code], ["refused", "odoo_unreachable"]);
    assert.deepEqual(till.ledger.storedOperations(), []);
    assert.equal(till.ledger.waiting, 0);
    till.odoo.reachable = true;
    await till.ledger.flush();
    assert.deepEqual(rowsOf(till), []);
});

test("a lost answer to a payout by hand leaves it open, until Odoo is asked again", async () => {
    const till = new Till();
    loseAnswersOf(till, "register");
    assert.equal((await book(till, given())).result, "unknown");
    till.odoo.reachable = false;
    assert.equal((await book(till, given(), true)).result, "unknown", "still nobody knows");
    till.reload();
    till.odoo.reachable = true;
    till.odoo.onAnswer = () => {};
    assert.equal((await book(till, given(), true)).result, "booked");
    assert.equal(rowsOf(till).length, 1);
});

test("a payout by hand that another browser may have asked for stays open without Odoo", async () => {
    const till = new Till();
    till.odoo.reachable = false;
    assert.equal((await book(till, given(), true)).result, "unknown");
});

test("a fault of Odoo undoes what it began, but not what an earlier page asked for", async () => {
    const till = new Till();
    till.odoo.onAnswer = () => {
        throw rpcError("builtins.ValueError", "broken");
    };
    assert.equal((await book(till, taken())).result, "refused");
    assert.equal((await book(till, taken(), true)).result, "unknown");
});

test("what Odoo knows and will not talk about with this user is not taken for refused", async () => {
    const till = new Till();
    till.odoo.refusals.register = { code: "not_yours", message: "Another user." };
    assert.equal((await book(till, taken(), true)).result, "unknown");
    assert.equal(till.ledger.storedOperations().length, 1);
});

test("a browser that stores nothing takes nothing by hand", async (t) => {
    t.mock.method(console, "warn", () => {});
    const till = new Till();
    till.storage.setItem = () => {
        throw new Error("QuotaExceededError");
    };
    const { result, refusal } = await book(till, taken());
    assert.deepEqual([result, refusal.code], ["refused", "storage_refused"]);
    assert.deepEqual(till.odoo.log, []);
});
