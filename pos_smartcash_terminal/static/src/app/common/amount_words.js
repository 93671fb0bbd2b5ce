/** @odoo-module */

import { _t } from "@web/core/l10n/translation";

/**
 * Why what somebody typed is no amount, and how to type it.
 *
 * @param {string} code of `readAmount`
 * @param {import("./amount_text").AmountFormat} format
 * @returns {string}
 */
export function amountProblemText(code, { decimals, decimalPoint, signs }) {
    switch (code) {
        case "ambiguous":
            return _t(
                "This can mean two amounts. Type it without thousands separators and with all decimals, like %s.",
                `1234${decimalPoint}${"0".repeat(decimals)}`
            );
        case "too_many_decimals":
            return decimals
                ? _t("An amount in %s has at most %s decimals.", signs?.[1], decimals)
                : _t("An amount in %s has no decimals.", signs?.[1]);
        case "barcode":
            return _t("This looks like a scanned code, not an amount. Type the amount.");
        case "too_large":
            return _t("This amount is too large. Type it again.");
        default:
            return _t("This is not an amount.");
    }
}
