/** @odoo-module */

import { Component } from "@odoo/owl";
import { formatCurrency } from "@web/core/currency";

import { fromMinor } from "../common/money";
import { bars, bringTotal, collected, isWarning, toBring } from "./levels_picture";
import { bringText, levelText } from "./levels_words";

/**
 * @param {{currencyId: number, decimals: number}} levels
 * @returns {(minor: number) => string} in the machine's currency
 */
export function formatOf({ currencyId, decimals }) {
    return (minor) => formatCurrency(fromMinor(minor, decimals), currencyId);
}

/** What to bring before the next opening, by denomination. */
export class BringList extends Component {
    static template = "pos_smartcash_terminal.BringList";
    static props = { levels: Array, format: Function };

    get lines() {
        return toBring(this.props.levels);
    }

    get total() {
        return this.props.format(bringTotal(this.lines));
    }

    text(level) {
        return bringText(level, this.props.format(level.value));
    }
}

/** How full a machine is: a bar per recycler, what is in the cassette, and what to bring. */
export class LevelsChart extends Component {
    static template = "pos_smartcash_terminal.LevelsChart";
    static components = { BringList };
    /** `levels`: as `smartcash.device` tells it */
    static props = { levels: Object };

    get format() {
        return formatOf(this.props.levels);
    }

    get bars() {
        return bars(this.props.levels.levels);
    }

    get collected() {
        return collected(this.props.levels.levels);
    }

    get cassette() {
        return this.props.levels.cassette;
    }

    isWarning(state) {
        return isWarning(state);
    }

    text(state) {
        return levelText(state);
    }
}
