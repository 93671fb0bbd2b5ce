/** @odoo-module */

import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { LevelsChart } from "@pos_smartcash_terminal/app/levels/levels_chart";

/** The machine's levels on its form: the same picture as at the till. */
export class LevelsField extends Component {
    static template = "pos_smartcash_terminal.LevelsField";
    static components = { LevelsChart };
    static props = { ...standardFieldProps };

    get levels() {
        return this.props.record.data[this.props.name];
    }
}

export const levelsField = {
    component: LevelsField,
    displayName: _t("Levels of a machine"),
    supportedTypes: ["json", "jsonb"],
};

registry.category("fields").add("smartcash_levels", levelsField);
