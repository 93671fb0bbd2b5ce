/** @odoo-module */

import { localization } from "@web/core/l10n/localization";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { MonetaryField, monetaryField } from "@web/views/fields/monetary/monetary_field";

import { readAmount } from "@pos_smartcash_terminal/app/common/amount_text";
import { amountProblemText } from "@pos_smartcash_terminal/app/common/amount_words";
import { fromMinor } from "@pos_smartcash_terminal/app/common/money";

/** Decimals of an amount whose currency is not chosen yet. */
const USUAL_DECIMALS = 2;

/** An amount of ours on a form: read as at the till, where "12.50" is never 1,250. */
export class AmountField extends MonetaryField {
    setup() {
        super.setup();
        this.notification = useService("notification");
    }

    /** @override */
    get inputOptions() {
        return { ...super.inputOptions, parse: (text) => this.parseAmount(text) };
    }

    /**
     * @param {string} text
     * @returns {number} major units
     * @throws {Error} Odoo then marks the field, and saves nothing
     */
    parseAmount(text) {
        const { decimalPoint, thousandsSep, grouping } = localization;
        const { symbol, name = symbol, digits } = this.currency || {};
        const decimals = digits?.[1] ?? USUAL_DECIMALS;
        const signs = [symbol, name];
        const format = { decimals, decimalPoint, thousandsSep, grouping, signs };
        const { minor, problem } = readAmount(text, format);
        if (problem && problem !== "empty") {
            const words = amountProblemText(problem, format);
            this.notification.add(words, { type: "danger" });
            throw new Error(words);
        }
        return fromMinor(minor || 0, decimals);
    }
}

registry.category("fields").add("smartcash_amount", { ...monetaryField, component: AmountField });
