/** @odoo-module */

import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { usePos } from "@point_of_sale/app/store/pos_hook";
import { Input } from "@point_of_sale/app/generic_components/inputs/input/input";

import { amountsOf } from "./cash_machine";
import { sharedText } from "./cash_words";

/** A count of the machine: what is in it, by denomination, and the hand cash beside it. */
export class CountPanel extends Component {
    static template = "pos_smartcash_terminal.CountPanel";
    static components = { Input };
    static props = { count: Object, onAgain: Function };

    setup() {
        this.pos = usePos();
        this.amounts = amountsOf(this.env, this.pos.currency);
        this.count = useState(this.props.count);
        this.state = useState({ showsPieces: false });
    }

    format(minor) {
        return this.amounts.format(minor);
    }

    get answer() {
        return this.count.count;
    }

    get icon() {
        return {
            type: "string",
            value: this.pos.currency.symbol,
        };
    }

    get isIconFirst() {
        return this.pos.currency.position === "before";
    }

    get source() {
        const { deviceName, takenAt } = this.answer;
        const time = formatDateTime(deserializeDateTime(takenAt.replace("T", " ").slice(0, 19)), {
            format: "HH:mm",
        });
        return this.count.isByHand
            ? _t("%s, entered by hand at %s", deviceName, time)
            : _t("%s, counted by the machine at %s", deviceName, time);
    }

    get sharedText() {
        return sharedText(this.answer, this.amounts.format);
    }

    isAmount(text) {
        return this.count._parse(text) !== null;
    }

    togglePieces() {
        this.state.showsPieces = !this.state.showsPieces;
    }
}
