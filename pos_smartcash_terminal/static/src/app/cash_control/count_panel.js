/** @odoo-module */

import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { usePos } from "@point_of_sale/app/store/pos_hook";
import { Input } from "@point_of_sale/app/generic_components/inputs/input/input";

import { amountsOf } from "../common/amounts";
import { differenceText, elsewhereText, sharedText } from "./cash_words";

/** How a typed amount is shown and checked. */
function amountField(pos) {
    return {
        icon: { type: "string", value: pos.currency.symbol },
        isIconFirst: pos.currency.position === "before",
    };
}

/** The count of one machine: what is in it, by denomination. */
export class MachineCountPanel extends Component {
    static template = "pos_smartcash_terminal.MachineCountPanel";
    static components = { Input };
    /** `hasOthers`: it is one of several, and says how it compares by itself */
    static props = { count: Object, hasOthers: Boolean, onAgain: Function };

    setup() {
        this.pos = usePos();
        this.amounts = amountsOf(this.env, this.pos.currency);
        this.count = useState(this.props.count);
        this.state = useState({ showsPieces: false });
        this.field = amountField(this.pos);
    }

    format(minor) {
        return this.amounts.format(minor);
    }

    get answer() {
        return this.count.count;
    }

    get source() {
        const { deviceName, takenAt } = this.answer;
        const time = formatDateTime(deserializeDateTime(takenAt.replace("T", " ").slice(0, 19)), {
            format: "HH:mm",
        });
        if (this.count.isByHand) {
            return _t("%s, entered by hand at %s", deviceName, time);
        }
        return this.answer.evidence === "client"
            ? _t("%s, counted by the machine at %s, reported by this till only", deviceName, time)
            : _t("%s, counted by the machine at %s", deviceName, time);
    }

    get sharedText() {
        return sharedText(this.answer, this.amounts.format);
    }

    get differenceText() {
        return differenceText(this.answer.difference, this.amounts.format);
    }

    get foundText() {
        const { machine, count } = this.count;
        return machine.joined && count.found
            ? _t("Inside when it came into use: %s.", this.format(count.found))
            : "";
    }

    get expectedText() {
        return _t("Expected: %s.", this.format(this.count.machine.expected));
    }

    isAmount(text) {
        return !this.amounts.problemText(text);
    }

    get typedProblem() {
        return this.amounts.problemText(this.count.typedTotal);
    }

    togglePieces() {
        this.state.showsPieces = !this.state.showsPieces;
    }
}

/** The count of a session's cash: its machines, and the hand cash beside them. */
export class CountPanel extends Component {
    static template = "pos_smartcash_terminal.CountPanel";
    static components = { Input, MachineCountPanel };
    /** `onAgain`: called with the machine's count */
    static props = { count: Object, onAgain: Function };

    setup() {
        this.pos = usePos();
        this.amounts = amountsOf(this.env, this.pos.currency);
        this.count = useState(this.props.count);
        this.field = amountField(this.pos);
    }

    get elsewhereText() {
        return elsewhereText(this.count.elsewhere, this.amounts.format);
    }

    isAmount(text) {
        return !this.amounts.problemText(text);
    }

    get handProblem() {
        return this.count.handMinor === null ? this.amounts.problemText(this.count.hand) : "";
    }
}
