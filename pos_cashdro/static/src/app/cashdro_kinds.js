/** @odoo-module */

import { TYPE } from "./cashdro_client";

/** Our kinds of operations and the machine's types; the twin of `kinds.py`. */

const TYPES = {
    sale: TYPE.sale,
    refund: TYPE.payout,
    cash_in: TYPE.depositAmount,
    cash_out: TYPE.payout,
    fill: TYPE.fill,
    exchange: TYPE.exchange,
    empty: TYPE.withdraw,
    transfer: TYPE.transfer,
};
/** Of what the machine did; whether a payout was a refund, it cannot tell. */
const KINDS = {
    [TYPE.sale]: "sale",
    [TYPE.payout]: "cash_out",
    [TYPE.deposit]: "cash_in",
    [TYPE.depositAmount]: "cash_in",
    [TYPE.fill]: "fill",
    [TYPE.withdraw]: "empty",
    [TYPE.removeNoteCassette]: "collect",
    [TYPE.removeCoinCassette]: "collect",
    [TYPE.transfer]: "transfer",
    [TYPE.exchange]: "exchange",
};
/**
 * Types that are asked for an amount; the `total` of any other one is none of ours.
 *
 * @type {number[]}
 */
const WITH_AMOUNT = [TYPE.sale, TYPE.payout, TYPE.depositAmount];
/** Kinds whose pieces we name once the machine is ready for them. */
const CHOSEN_PIECES = ["empty", "transfer"];

/**
 * @param {{kind: string, amount: number}} op minor units; 0 for a deposit of any amount
 * @returns {number|null} of TYPE; null: not for a till to ask
 */
export function typeOf({ kind, amount }) {
    return kind === "cash_in" && !amount ? TYPE.deposit : TYPES[kind] || null;
}

/** @returns {string|null} null: a type that moves no money, or one that we do not know */
export function kindOf(type) {
    return KINDS[type] || null;
}

/**
 * @param {{kind: string, amount: number}} op
 * @returns {number} what the machine is asked for: it fills without an amount, until it is told to stop
 */
export function askedAmount({ kind, amount }) {
    return kind === "fill" ? 0 : amount;
}

/**
 * @param {import("./cashdro_answers").CashdroStatus} status
 * @returns {number} what was asked for, as far as the machine tells: 0 for any amount
 */
export function toldAmount({ type, total }) {
    return type === null || WITH_AMOUNT.includes(type) ? Math.abs(total) : 0;
}

/** @returns {boolean} an operation of this kind waits until it is told which pieces */
export function choosesPieces(kind) {
    return CHOSEN_PIECES.includes(kind);
}
