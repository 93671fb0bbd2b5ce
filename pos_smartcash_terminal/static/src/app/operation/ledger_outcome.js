/** @odoo-module */

import { resultOf } from "./view";
import { isEnded, isFinal, lineAmount, makeProgress, settledAmount } from "../common/progress";

/** A manager's decisions by which nothing of the money stays on the order's payment line. */
const NOT_FOR_THE_LINE = [
    "returned",
    "nothing_moved",
    "counting_error",
    "in_opening",
    "cash_in",
    "cash_out",
    "credit",
];

/** Seconds in which another till may still start what it registered: as long as its token holds. */
export const START_WINDOW = 120;

/**
 * What the ledger says of an operation that its device does not know.
 *
 * @param {Object} answer of the ledger's `lookup`
 * @param {{isOurs: boolean}} how isOurs: this browser registered it, and its start is over
 * @returns {"nothing"|"something"|"wait"|"silent"} nothing: it never started · something: it has, or
 *     it has ended · wait: its till may be about to start it · silent: Odoo does not tell
 */
export function ledgerVerdict(answer, { isOurs }) {
    if (answer?.refused) {
        return answer.refused.code === "unknown_operation" ? "nothing" : "silent";
    }
    const { unheardFor, state } = answer;
    if (state === "unknown" && isOurs && !hasSeenMoney(answer)) {
        return "nothing"; // this browser's own report, of before the device could be asked
    }
    if (isEnded(answer) || typeof unheardFor !== "number") {
        return "something";
    }
    return isOurs || unheardFor > START_WINDOW ? "nothing" : "wait";
}

function hasSeenMoney({ amountIn, amountOut, undispensed, deviceRef, resolution }) {
    return Boolean(amountIn || amountOut || undispensed || deviceRef || resolution);
}

/**
 * The outcome of an operation that the machine does not know about, after Odoo was asked. If a
 * manager has decided meanwhile, the decision says what the line is worth, whatever went through
 * the machine.
 *
 * @param {import("../driver/driver").Operation} op
 * @param {import("./runner").Outcome} outcome with result "unknown"
 * @param {Object} answer of the ledger to a report: the row, or `{refused: {code, operation: row}}`
 * @returns {import("./runner").Outcome & {decision?: string|null}} with a manager's
 *     resolution as `decision`; `outcome` itself when Odoo knows no more
 */
export function settledByLedger(op, outcome, answer) {
    const refused = answer.refused;
    const row = refused?.code === "backwards" ? refused.operation : answer;
    if (!row?.state) {
        return outcome;
    }
    const progress = makeProgress(row);
    if (!isFinal(progress)) {
        return outcome;
    }
    const decision = row.resolution || null;
    // Booked on another order already: on this line it would be in the books twice.
    const isElsewhere = decision && row.bookedOn && row.bookedOn !== op.orderName;
    if (isElsewhere || NOT_FOR_THE_LINE.includes(decision)) {
        return { ...outcome, progress, decision, result: "nothing", lineAmount: 0 };
    }
    return {
        ...outcome,
        progress,
        decision,
        result: /** @type {import("./runner").Outcome["result"]} */ (resultOf(op, progress)),
        // What a manager gave to the order is what the machine kept; otherwise another page saw
        // the end, and had what was missing handed over.
        lineAmount: decision ? lineAmount(progress) : settledAmount(progress, true),
    };
}

/**
 * Why a payment line that is done here has no claim to its money any more.
 *
 * @param {string} orderName of the line's order
 * @param {Object} answer of the ledger's `lookup`
 * @returns {"decided"|"paid"|null} decided: a manager has settled it, and not on this order · paid:
 *     Odoo has this order, paid and with this money: what is open here is an older copy
 */
export function reasonToRelease(orderName, { matchState, bookedOn, isOrderPaid }) {
    if (bookedOn === orderName) {
        return isOrderPaid ? "paid" : null;
    }
    return matchState === "resolved" ? "decided" : null;
}
