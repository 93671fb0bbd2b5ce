/** @odoo-module */

import { ALERT } from "./cashdro_answers";

/** Pieces of such a denomination are not accepted. */
const REFUSED = 0;

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
                capacity: level.maximum || null,
                level: levelWord(level),
            })),
    };
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
