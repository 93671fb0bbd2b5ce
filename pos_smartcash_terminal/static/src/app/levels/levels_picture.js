/** @odoo-module */

/** What the levels of a machine look like, whoever draws them. No framework in here. */

const WARNINGS = ["near_empty", "empty", "near_full", "full"];

/**
 * @typedef {Object} Level as `smartcash.device` tells it; value in minor units, the rest in pieces
 * @property {number} value
 * @property {"coin"|"note"} kind
 * @property {number} recycler
 * @property {number} cassette
 * @property {number} capacity 0: not known
 * @property {number} low
 * @property {number} high 0: never too full
 * @property {number} target
 * @property {"ok"|"near_empty"|"empty"|"near_full"|"full"} state
 * @property {number} bring
 * @property {number} rolls
 *
 * @typedef {Object} Bar per cent of the bar's length
 * @property {Level} level
 * @property {number} filled
 * @property {number} low where to mark it; 0: nowhere
 * @property {number} high
 */

/**
 * One bar per denomination that the machine can give out. Where its capacity is not known, the
 * bar's end is what is worth seeing: twice what it opens with, or what is inside.
 *
 * @param {Level[]} levels
 * @returns {Bar[]}
 */
export function bars(levels) {
    return levels.filter(isWatched).map((level) => {
        const { recycler, capacity, low, high, target } = level;
        const end = Math.max(capacity || Math.max(2 * target, high), recycler, 1);
        const percent = (pieces) => Math.round((100 * pieces) / end);
        return { level, filled: percent(recycler), low: percent(low), high: percent(high) };
    });
}

function isWatched({ recycler, capacity, low, high, target }) {
    return recycler + capacity + low + high + target > 0;
}

/** @returns {Level[]} what lies where it can only be collected */
export function collected(levels) {
    return levels.filter(({ cassette }) => cassette > 0);
}

/** @returns {number} worth of what the machine can give out, minor units */
export function payableTotal(levels) {
    return levels.reduce((sum, { recycler, value }) => sum + recycler * value, 0);
}

/** @returns {number} worth of what can only be collected, minor units */
export function collectedTotal(levels) {
    return levels.reduce((sum, { cassette, value }) => sum + cassette * value, 0);
}

/**
 * The contents as one bar: coins and notes that can be given out, and what can only be collected.
 *
 * @param {Level[]} levels
 * @returns {{place: "coin"|"note"|"cassette", amount: number, percent: number}[]} what is not empty;
 *     amounts in minor units
 */
export function shares(levels) {
    const payable = (kind) => payableTotal(levels.filter((level) => level.kind === kind));
    /** @type {{place: "coin"|"note"|"cassette", amount: number}[]} */
    const parts = [
        { place: "coin", amount: payable("coin") },
        { place: "note", amount: payable("note") },
        { place: "cassette", amount: collectedTotal(levels) },
    ];
    const total = parts.reduce((sum, { amount }) => sum + amount, 0);
    return parts
        .filter(({ amount }) => amount > 0)
        .map((part) => ({ ...part, percent: Math.round((1000 * part.amount) / total) / 10 }));
}

/** @returns {Level[]} what to bring before the next opening */
export function toBring(levels) {
    return levels.filter(({ bring }) => bring > 0);
}

/** @returns {number} worth of what to bring, minor units */
export function bringTotal(levels) {
    return levels.reduce((sum, { bring, value }) => sum + bring * value, 0);
}

/** @param {string} state */
export function isWarning(state) {
    return WARNINGS.includes(state);
}
