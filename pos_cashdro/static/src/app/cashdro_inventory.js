/** @odoo-module */

import { ALERT } from "./cashdro_answers";

/** Where pieces of a denomination go. */
const REFUSED = 0;
const RECYCLER = 1;

/**
 * @param {import("./cashdro_answers").CashdroLevel[]} levels
 * @param {string} currency ISO code
 * @returns {{currency: string, denominations: Object[]}} pieces per denomination per place, the
 *     smallest first
 */
export function toInventory(levels, currency) {
    return {
        currency,
        denominations: levels
            .filter((level) => !level.currency || level.currency === currency)
            .filter(
                ({ destination, recycler, cassette }) =>
                    destination !== REFUSED || recycler || cassette
            )
            .sort((one, other) => one.value - other.value || (one.kind < other.kind ? -1 : 1))
            .map((level) => ({
                value: level.value,
                kind: level.kind,
                recycler: level.recycler,
                cassette: level.cassette,
                capacity: isRecycled(level) ? level.maximum || null : null,
                level: isRecycled(level) ? levelWord(level) : null,
            })),
    };
}

/** Of what goes to the cassette for good no recycler can run empty. */
function isRecycled({ destination, recycler }) {
    return recycler > 0 || destination === RECYCLER;
}

function levelWord({ state, recycler, maximum }) {
    if (state === ALERT.empty) {
        return "empty";
    }
    if (maximum && recycler >= maximum) {
        return "full";
    }
    return { [ALERT.belowMinimum]: "near_empty", [ALERT.aboveMaximum]: "near_full" }[state] || "ok";
}
