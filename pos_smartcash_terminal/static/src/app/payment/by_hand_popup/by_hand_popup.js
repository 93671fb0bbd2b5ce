/** @odoo-module */

import { useRef } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { AbstractAwaitablePopup } from "@point_of_sale/app/popup/abstract_awaitable_popup";

import { useKeptFocusOfPopup } from "../../common/kept_focus";
import { TouchButton } from "../../common/touch_button/touch_button";

/**
 * Says in big digits what a person takes or gives instead of the machine. No key confirms it: a
 * scanner ends with Enter.
 */
export class ByHandPopup extends AbstractAwaitablePopup {
    static template = "pos_smartcash_terminal.ByHandPopup";
    static components = { TouchButton };
    static defaultProps = { confirmKey: false };

    setup() {
        super.setup();
        this.hasNoCash = false;
        useKeptFocusOfPopup(this, useRef("root"));
    }

    /** @returns {{hasNoCash: boolean}} nobody at the till has what was booked as given out */
    getPayload() {
        return { hasNoCash: this.hasNoCash };
    }

    sayNoCash() {
        this.hasNoCash = true;
        this.confirm();
    }

    get confirmText() {
        const { isPayout, isBooked, amount } = this.props;
        if (isBooked) {
            return _t("Handed over");
        }
        return isPayout ? _t("Book %s", amount) : _t("Taken: %s", amount);
    }
}
