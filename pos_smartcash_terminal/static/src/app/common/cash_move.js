/** @odoo-module */

import { CASH_MOVES, SERVICES } from "./progress";

/** As much as a gateway takes. */
export const MAX_REASON = 64;

/**
 * @param {{kind: string}|null} op
 * @returns {boolean} no order pays it
 */
export function isCashMove(op) {
    return CASH_MOVES.includes(op?.kind ?? "");
}

/**
 * @param {{kind: string}|null} op
 * @returns {boolean} filling, emptying, changing notes
 */
export function isService(op) {
    return SERVICES.includes(op?.kind ?? "");
}

/**
 * What a user may do with the machine that it can do.
 *
 * @param {{rights: Object, device: Object}|null} smartcash of the payment method
 * @returns {string[]} kinds
 */
export function allowedServices(smartcash) {
    const kinds = smartcash?.device?.capabilities?.kinds || [];
    return smartcash?.rights?.service ? SERVICES.filter((kind) => kinds.includes(kind)) : [];
}

/**
 * The kinds that a user may do.
 *
 * @param {{rights: Object}|null} smartcash of the payment method
 * @returns {("cash_in"|"cash_out")[]}
 */
export function allowedCashMoves(smartcash) {
    const { cashIn, cashOut } = smartcash?.rights || {};
    return [cashIn && "cash_in", cashOut && "cash_out"].filter(Boolean);
}

/**
 * Why a cash move cannot start: a code for `cashMoveProblemText`, or null.
 *
 * @param {Object} wish
 * @param {string} wish.kind
 * @param {number|null} wish.amount minor units; 0 = open deposit; null = what is typed is no amount
 * @param {boolean} [wish.byHand]
 * @param {{limits: Object}} smartcash of the payment method
 * @param {number|null} [inside] what the machine can give out now; null: not known
 * @param {{in: number, out: number}|null} [steps] what it can move is a multiple of these; 0: not known
 * @returns {"bad_amount"|"amount_needed"|"limited_deposit"|"amount_limit"|"not_payable"|"more_than_inside"|null}
 */
export function cashMoveProblem(
    { kind, amount, byHand = false },
    smartcash,
    inside = null,
    steps = null
) {
    const limit = cashMoveLimit(kind, smartcash);
    if (amount === null || amount < 0) {
        return "bad_amount";
    }
    if (amount === 0 && (kind === "cash_out" || byHand)) {
        return "amount_needed";
    }
    if (amount === 0 && limit) {
        return "limited_deposit";
    }
    if (limit && amount > limit) {
        return "amount_limit";
    }
    if (!byHand && payableBeside(kind, amount, steps).length) {
        return "not_payable";
    }
    const isTooMuch = kind === "cash_out" && !byHand && inside !== null && amount > inside;
    return isTooMuch ? "more_than_inside" : null;
}

/**
 * The amounts that a machine can move instead of one for which it has no pieces.
 *
 * @param {string} kind
 * @param {number} amount minor units
 * @param {{in: number, out: number}|null} steps
 * @returns {number[]} minor units; empty: it can move `amount`
 */
export function payableBeside(kind, amount, steps) {
    const step = steps?.[kind === "cash_in" ? "in" : "out"];
    if (!step || amount % step === 0) {
        return [];
    }
    const below = amount - (amount % step);
    return [below, below + step].filter(Boolean);
}

/**
 * @param {string} kind
 * @param {{limits: Object}} smartcash of the payment method
 * @returns {number} the most that the user may move at once, minor units; 0: no limit
 */
export function cashMoveLimit(kind, smartcash) {
    return smartcash.limits[kind === "cash_in" ? "cashIn" : "cashOut"] || 0;
}

/**
 * @param {import("../operation/runner").Outcome} outcome
 * @returns {{type: "in"|"out", amount: number}|null} what really moved, by the machine and by
 *     hand; null when nothing stayed moved
 */
export function movedBy({ result, lineAmount }) {
    if (result === "unknown" || lineAmount === 0) {
        return null;
    }
    return { type: lineAmount > 0 ? "in" : "out", amount: Math.abs(lineAmount) };
}
