/** @odoo-module */

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SelectionField, selectionField } from "@web/views/fields/selection/selection_field";

/** The models of the chosen make: the server says which. */
export class ModelsField extends SelectionField {
    /** @override */
    get options() {
        const offered = this.props.record.data.models_offered;
        return offered ? super.options.filter(([value]) => offered.includes(value)) : super.options;
    }
}

export const modelsField = {
    ...selectionField,
    component: ModelsField,
    displayName: _t("Models of a make"),
};

registry.category("fields").add("smartcash_models", modelsField);
