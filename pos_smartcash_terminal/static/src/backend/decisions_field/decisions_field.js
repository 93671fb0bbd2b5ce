/** @odoo-module */

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { RadioField, radioField } from "@web/views/fields/radio/radio_field";

/** The decisions that fit an operation: the server says which. */
export class DecisionsField extends RadioField {
    get items() {
        const choices = this.props.record.data.choices || [];
        return choices.map(({ resolution, label }) => [resolution, label]);
    }
}

export const decisionsField = {
    ...radioField,
    component: DecisionsField,
    displayName: _t("Decisions about an operation"),
    supportedTypes: ["selection"],
};

registry.category("fields").add("smartcash_decisions", decisionsField);
