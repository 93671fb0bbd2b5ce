/** @odoo-module */

import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { formatOf } from "@pos_smartcash_terminal/app/levels/levels_chart";
import { shares } from "@pos_smartcash_terminal/app/levels/levels_picture";

const PLACES = {
    coin: () => _t("Coins"),
    note: () => _t("Notes"),
    cassette: () => _t("Cassette"),
};

/** The cash inside a machine on its card, as one stacked bar: the small change first. */
export class ContentsField extends Component {
    static template = "pos_smartcash_terminal.ContentsField";
    static props = { ...standardFieldProps };

    get shares() {
        const levels = this.props.record.data[this.props.name];
        if (!levels) {
            return [];
        }
        const format = formatOf(levels);
        return shares(levels.levels).map((share) => ({
            ...share,
            text: `${PLACES[share.place]()} ${format(share.amount)}`,
        }));
    }

    get text() {
        return this.shares.map(({ text }) => text).join(" · ");
    }
}

export const contentsField = {
    component: ContentsField,
    displayName: _t("Cash inside a machine"),
    supportedTypes: ["json", "jsonb"],
};

registry.category("fields").add("smartcash_contents", contentsField);
