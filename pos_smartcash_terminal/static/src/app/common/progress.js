/** @odoo-module */

/**
 * What a device says about one operation, in one shape for every make of machine.
 * All amounts are integers in the currency's minor unit.
 *
 * @typedef {{code: string, text: string, level: "info"|"warning"|"error"}} Message
 * What a card terminal tells about a payment; each key may be missing.
 *
 * @typedef {Object} Card
 * @property {string} [brand] e.g. KNET, VISA
 * @property {string} [number] masked
 * @property {string} [authorisation] authorisation code
 * @property {string} [rrn] retrieval reference number
 * @property {string} [terminal] terminal id
 * @property {string} [invoice] the acquirer's invoice number
 *
 * @typedef {Object} Progress
 * @property {string} state one of STATES
 * @property {string} phase one of PHASES
 * @property {number} amountIn what the customer put in
 * @property {number} amountOut what the machine gave out
 * @property {number} undispensed what the machine owed and could not give out
 * @property {number} rounding signed; what the machine's rounding left over- or unpaid
 * @property {string|null} deviceRef the device's own id of the operation
 * @property {boolean} cancellable a cancel can be asked for now
 * @property {boolean} acceptable a partial payment can be accepted now
 * @property {readonly Message[]} messages
 * @property {Card|null} card
 * @property {string|null} signature the gateway's signed result, once ended
 */

/**
 * The life of an operation: from each state, the states that may follow. What all of this page says of
 * kinds, phases and states, `progress.py` says too; a test compares them.
 */
export const TRANSITIONS = Object.freeze({
    draft: ["running", "failed"],
    running: ["done", "cancelled", "failed", "unknown"],
    unknown: ["done", "cancelled", "failed"],
    done: [],
    cancelled: [],
    failed: [],
});
export const STATES = Object.freeze(Object.keys(TRANSITIONS));
export const ENDED = Object.freeze(["done", "cancelled", "failed", "unknown"]);
/** Ended for good: a later fact can only be noted. */
export const FINAL = Object.freeze(STATES.filter((state) => !TRANSITIONS[state].length));
/** In the order in which an operation may go through them. */
export const PHASES = Object.freeze([
    "registered",
    "starting",
    "accepting",
    "collecting",
    "cancelling",
    "dispensing",
    "ended",
]);
export const KINDS = Object.freeze([
    "sale",
    "refund",
    "cash_in",
    "cash_out",
    "fill",
    "collect",
    "transfer",
    "exchange",
    "empty",
]);
/** What only a manager does with the machine, in the order in which it is offered. */
export const SERVICES = Object.freeze(["fill", "collect", "exchange", "transfer", "empty"]);
/** Kinds that belong to an order; no order pays the others. */
export const PAID_BY_ORDER = Object.freeze(["sale", "refund"]);
export const CASH_MOVES = Object.freeze(KINDS.filter((kind) => !PAID_BY_ORDER.includes(kind)));
/** Kinds in which somebody puts money in. */
export const MONEY_IN = Object.freeze(["sale", "cash_in", "fill", "exchange"]);
/** Kinds that let money out of the machine on purpose. A transfer moves it inside the machine. */
export const MONEY_OUT = Object.freeze(["refund", "cash_out", "collect", "empty"]);

/** Code of the message by which a gateway says that its machine does not answer. */
const MACHINE_LOST = "machine_lost";

const AMOUNTS = ["amountIn", "amountOut", "undispensed"];

/** @type {Progress} */
const EMPTY = Object.freeze({
    state: "running",
    phase: "starting",
    amountIn: 0,
    amountOut: 0,
    undispensed: 0,
    rounding: 0,
    deviceRef: null,
    cancellable: false,
    acceptable: false,
    messages: Object.freeze([]),
    card: null,
    signature: null,
});

/**
 * Completes and checks a progress; throws TypeError on what no device may say.
 *
 * @param {Partial<Progress>} [partial]
 * @returns {Progress} frozen
 */
export function makeProgress(partial = {}) {
    const progress = { ...EMPTY };
    for (const key of Object.keys(EMPTY)) {
        if (partial[key] !== undefined && partial[key] !== null) {
            progress[key] = partial[key];
        }
    }
    if (!STATES.includes(progress.state)) {
        throw new TypeError(`Unknown operation state: ${progress.state}`);
    }
    if (ENDED.includes(progress.state)) {
        progress.phase = "ended";
        progress.cancellable = false;
        progress.acceptable = false;
    } else if (!PHASES.includes(progress.phase) || progress.phase === "ended") {
        throw new TypeError(`Phase ${progress.phase} does not go with state ${progress.state}`);
    }
    for (const key of AMOUNTS) {
        if (!Number.isSafeInteger(progress[key]) || progress[key] < 0) {
            throw new TypeError(`${key} must be minor units, 0 or more: ${progress[key]}`);
        }
    }
    if (!Number.isSafeInteger(progress.rounding)) {
        throw new TypeError(`rounding must be minor units: ${progress.rounding}`);
    }
    if (!Array.isArray(progress.messages)) {
        throw new TypeError("messages must be a list");
    }
    progress.messages = Object.freeze([...progress.messages]);
    return Object.freeze(progress);
}

/**
 * @param {Progress} progress
 * @returns {boolean}
 */
export function isEnded(progress) {
    return ENDED.includes(progress.state);
}

/**
 * Ended for good: "unknown" may still become done, cancelled or failed.
 *
 * @param {Progress} progress
 * @returns {boolean}
 */
export function isFinal(progress) {
    return FINAL.includes(progress.state);
}

/**
 * Whoever tells the progress cannot reach the machine itself now: the amounts are the last known.
 *
 * @param {Progress} progress
 * @returns {boolean}
 */
export function isMachineLost(progress) {
    return !isEnded(progress) && progress.messages.some(({ code }) => code === MACHINE_LOST);
}

/**
 * @param {Progress} progress
 * @returns {number} what the machine really kept, minor units
 */
export function net(progress) {
    return progress.amountIn - progress.amountOut;
}

/**
 * @param {Progress} progress
 * @returns {number} amount of the payment line, minor units
 */
export function lineAmount(progress) {
    return net(progress) + progress.rounding;
}

/**
 * @param {Progress} progress
 * @param {boolean} handedOver
 * @returns {number} minor units that a person still has to hand over
 */
export function owedByHand(progress, handedOver) {
    return isFinal(progress) && !handedOver ? progress.undispensed : 0;
}

/**
 * @param {Progress} progress
 * @param {boolean} handedOver
 * @returns {number} amount of the payment line, minor units
 */
export function settledAmount(progress, handedOver) {
    return lineAmount(progress) - (handedOver ? progress.undispensed : 0);
}

/**
 * What we know after one more message: facts only move forward, whatever order the push
 * channel and the polls deliver them in.
 *
 * @param {Progress} known
 * @param {Progress} heard
 * @returns {Progress} `known` itself when the message says nothing new
 */
export function mergeProgress(known, heard) {
    if (isFinal(known) || (known.state === "unknown" && !isEnded(heard))) {
        return known;
    }
    if (isEnded(heard)) {
        // Who says "unknown" may still learn more of what moved.
        return sameProgress(known, heard) ? known : heard;
    }
    const phases = PHASES.indexOf(heard.phase) - PHASES.indexOf(known.phase);
    if (phases < 0 || (phases === 0 && AMOUNTS.some((key) => heard[key] < known[key]))) {
        return known;
    }
    const merged = makeProgress({
        ...heard,
        amountIn: Math.max(known.amountIn, heard.amountIn),
        amountOut: Math.max(known.amountOut, heard.amountOut),
        deviceRef: heard.deviceRef || known.deviceRef,
    });
    return sameProgress(known, merged) ? known : merged;
}

/**
 * @param {Progress} one
 * @param {Progress} other
 * @returns {boolean}
 */
export function sameProgress(one, other) {
    return JSON.stringify(one) === JSON.stringify(other);
}
