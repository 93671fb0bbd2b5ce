/** @odoo-module */

import { localization } from "@web/core/l10n/localization";

import { readAmount } from "./amount_text";
import { amountProblemText } from "./amount_words";
import { fromMinor, toMinor } from "./money";

/**
 * Amounts of this POS: minor units ↔ what people type and read.
 *
 * @param {object} env
 * @param {object} currency
 */
export function amountsOf(env, currency) {
    const decimals = currency.decimal_places;
    const { decimalPoint, thousandsSep, grouping } = localization;
    const typed = {
        decimals,
        decimalPoint,
        thousandsSep,
        grouping,
        signs: [currency.symbol, currency.name],
    };
    const read = (text) => readAmount(text, typed);
    return {
        /** @returns {string} with the currency */
        format: (minor) => env.utils.formatCurrency(fromMinor(minor, decimals)),
        /** @returns {string} as it is typed */
        write: (minor) => env.utils.formatCurrency(fromMinor(minor, decimals), false),
        /** @returns {import("./amount_text").AmountReading} of what a person typed */
        read,
        /** @returns {number|null} null: not an amount; nothing typed is 0 */
        parse: (text) => {
            const { minor, problem } = read(text);
            return problem === "empty" ? 0 : minor;
        },
        /** @returns {string} why it is no amount, and how to type it; empty when it is one */
        problemText: (text) => {
            const { problem } = read(text);
            return !problem || problem === "empty" ? "" : amountProblemText(problem, typed);
        },
        toFloat: (minor) => fromMinor(minor, decimals),
        toMinor: (amount) => toMinor(amount, decimals),
    };
}
