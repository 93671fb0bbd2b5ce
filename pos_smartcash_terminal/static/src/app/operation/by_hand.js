/** @odoo-module */

import { _t } from "@web/core/l10n/translation";

import { LedgerUnreachable } from "../ledger/errors";
import { MONEY_OUT } from "../common/progress";

/**
 * Refusals that say nothing about whether the operation is written down: Odoo knows the uuid, and
 * will not talk about it with this user.
 */
const OPEN_REFUSALS = ["not_yours", "uuid_conflict"];

/**
 * @typedef {Object} ByHandResult
 * @property {"booked"|"refused"|"unknown"} result
 * @property {{code: string, message: string}|null} refusal
 */

/**
 * May this user do by hand what the machine would do? As Odoo said when the POS was loaded; it
 * checks again when the operation is registered.
 *
 * @param {Object|null} smartcash the payment method's data
 * @param {string} kind
 * @param {number} amount minor units
 * @returns {boolean}
 */
export function allowsByHand(smartcash, kind, amount) {
    const { rights, limits } = smartcash || {};
    if (!rights?.byHand || !rights[kind] || !(amount > 0)) {
        return false;
    }
    return !limits?.[kind] || amount <= limits[kind];
}

/**
 * Has Odoo write down what a person does instead of the machine. The browser's storage has it
 * before the first request; said twice, it is booked once, since the uuid is the same.
 *
 * A sale goes on without Odoo: the cashier holds the cash, and the ledger hears of it through the
 * outbox. Money is given out only after Odoo's yes.
 *
 * @param {import("../ledger/ledger").LedgerClient} ledger
 * @param {import("../driver/driver").Operation} op with a uuid of its own
 * @param {{resume: boolean}} options resume: an earlier page may have asked already
 * @returns {Promise<ByHandResult>} unknown: Odoo may have it or not; ask again with the same uuid
 */
export async function bookByHand(ledger, op, { resume }) {
    const stored = ledger.storedOperation(op.uuid);
    const wish = { ...op, manual: true, allowPartial: false, token: null };
    const askedBefore = stored ? stored.phase !== "new" : resume;
    let asked = askedBefore;
    if (!ledger.saveOperation({ uuid: op.uuid, op: wish, phase: stored?.phase || "new" })) {
        return { result: "refused", refusal: { code: "storage_refused", message: storageText() } };
    }
    let answer;
    try {
        if (MONEY_OUT.includes(op.kind)) {
            // A question whose answer may get lost without harm, before the one whose may not.
            await ledger.pending();
        }
        ledger.saveOperation({ uuid: op.uuid, phase: "registered" });
        asked = true;
        answer = await ledger.register(wish);
    } catch (error) {
        return error instanceof LedgerUnreachable
            ? withoutOdoo(ledger, wish, asked)
            : withFault(ledger, wish, error, askedBefore);
    }
    if (answer.refused) {
        return refused(ledger, op.uuid, answer.refused);
    }
    ledger.forgetOperation(op.uuid);
    return { result: "booked", refusal: null };
}

/** @returns {ByHandResult} */
function refused(ledger, uuid, refusal) {
    if (OPEN_REFUSALS.includes(refusal.code)) {
        return { result: "unknown", refusal };
    }
    ledger.forgetOperation(uuid);
    return { result: "refused", refusal };
}

/**
 * Odoo undid what it had begun now; what an earlier page asked for may be written down.
 *
 * @returns {ByHandResult}
 */
function withFault(ledger, wish, error, askedBefore) {
    const refusal = { code: "odoo_fault", message: error.message };
    return askedBefore ? { result: "unknown", refusal } : refused(ledger, wish.uuid, refusal);
}

/** @returns {ByHandResult} */
function withoutOdoo(ledger, wish, asked) {
    if (!MONEY_OUT.includes(wish.kind)) {
        ledger.registerLater(wish);
        ledger.forgetOperation(wish.uuid);
        return { result: "booked", refusal: null };
    }
    if (asked) {
        const refusal = { code: "odoo_unreachable", message: openText() };
        return { result: "unknown", refusal };
    }
    return refused(ledger, wish.uuid, { code: "odoo_unreachable", message: offlineText() });
}

function storageText() {
    return _t(
        "This browser stores nothing, so a payment could be lost. Leave private browsing or free some space, then try again."
    );
}

function offlineText() {
    return _t(
        "Odoo cannot be reached, and without it no money is given out by hand. Try again when the connection is back."
    );
}

function openText() {
    return _t("Odoo did not answer. Give no money yet: press Check when the connection is back.");
}
