/** @odoo-module */

/** What adds up to the expected cash, in the order in which a manager reads it. */
const PARTS = [
    "opening",
    "salesIn",
    "change",
    "refunds",
    "cashIn",
    "cashOut",
    "filled",
    "emptied",
    "exchanged",
    "byHand",
    "late",
];

/**
 * How the expected cash of a session came about. The parts always add up to it: what they do not
 * explain is a part of its own. Rounding is not among them, since no money moved by it.
 *
 * @param {Object<string, number>} cause of `get_closing_control_data`, minor units
 * @param {number} expected what the books expect, minor units
 * @returns {{key: string, amount: number}[]}
 */
export function expectedParts(cause, expected) {
    const parts = PARTS.map((key) => ({ key, amount: cause[key] || 0 }));
    const other = expected - parts.reduce((sum, { amount }) => sum + amount, 0);
    return [...parts, { key: "other", amount: other }].filter(
        ({ key, amount }) => key === "opening" || amount !== 0
    );
}

/**
 * Why the closing has to wait, or what it begins with.
 *
 * @param {{running: object[], open: object[]}} data of `get_closing_control_data`
 * @param {{running: number, refused: number, unsent: number}} till operations that run in this
 *     page, messages that Odoo refused, and all that Odoo has not taken yet
 * @returns {"busy"|"refused"|"unsent"|"questions"|"count"}
 */
export function closingStage(data, till) {
    if (data.running.length || till.running) {
        return "busy";
    }
    if (till.refused) {
        return "refused";
    }
    if (till.unsent) {
        return "unsent";
    }
    return data.open.length ? "questions" : "count";
}
