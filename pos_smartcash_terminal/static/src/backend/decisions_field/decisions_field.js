/** @odoo-module */

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { RadioField, radioField } from "@web/views/fields/radio/radio_field";

/** The decisions that fit, each with what it books: the server says which. */
export class DecisionsField extends RadioField {
    static template = "pos_smartcash_terminal.DecisionsField";

    get choices() {
        return this.props.record.data.choices || [];
    }

    /** @override */
    get items() {
        return this.choices.map(({ resolution, label }) => [resolution, label]);
    }

    /** @param {string} resolution @returns {string} */
    effectOf(resolution) {
        return this.choices.find((choice) => choice.resolution === resolution).effect;
    }
}

export const decisionsField = {
    ...radioField,
    component: DecisionsField,
    displayName: _t("Decisions about an operation"),
    supportedTypes: ["selection"],
};

registry.category("fields").add("smartcash_decisions", decisionsField);
