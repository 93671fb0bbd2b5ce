/** @odoo-module */

import { _t } from "@web/core/l10n/translation";

import { LedgerUnreachable } from "../ledger/errors";

/**
 * What a machine of this POS has inside, from itself when it can be asked, else from Odoo's memory.
 * Odoo keeps what was seen, and knows what to watch.
 *
 * @param {Object} params
 * @param {import("../driver/driver").Driver|null} params.driver null: Odoo itself talks to the machine
 * @param {(inventory: Object|null) => Promise<Object>} params.ask `smartcash.device.levels`;
 *     rejects with LedgerUnreachable or LedgerFault
 * @returns {Promise<{levels: Object|null, problem: string}>} never rejects
 */
export async function readLevels({ driver, ask }) {
    let answer;
    try {
        answer = await ask(driver && (await seenInventory(driver)));
    } catch (error) {
        const problem =
            error instanceof LedgerUnreachable
                ? _t("Odoo did not answer: the levels are not known now.")
                : error.message;
        return { levels: null, problem };
    }
    return answer.refused
        ? { levels: null, problem: answer.refused.message }
        : { levels: answer, problem: "" };
}

/** @returns {Promise<Object|null>} null: not to be had, or wrong in a moment since money moves */
async function seenInventory(driver) {
    try {
        const { operation, inventory } = await driver.inventory();
        return operation ? null : inventory || null;
    } catch (error) {
        console.warn("SmartCash: the machine does not tell its levels", error);
        return null;
    }
}
