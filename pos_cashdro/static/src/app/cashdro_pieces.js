/** @odoo-module */

/**
 * All pieces of the recyclers, or for a transfer all notes; the cassette has a key of its own.
 *
 * @param {import("./cashdro_answers").CashdroLevel[]} levels
 * @param {string} kind "empty" or "transfer"
 * @param {string} currency ISO code
 * @returns {{pieces?: Object[], toCassette?: Object[]}|null} for `CashdroClient.finish`; null: there
 *     are none
 */
export function allPieces(levels, kind, currency) {
    const isTransfer = kind === "transfer";
    const pieces = levels.filter(
        (level) =>
            level.recycler &&
            (!level.currency || level.currency === currency) &&
            (level.kind === "note" || !isTransfer)
    );
    if (!pieces.length) {
        return null;
    }
    return isTransfer ? { toCassette: pieces } : { pieces };
}
