/** @odoo-module */

import { useRef } from "@odoo/owl";
import { AbstractAwaitablePopup } from "@point_of_sale/app/popup/abstract_awaitable_popup";
import { usePos } from "@point_of_sale/app/store/pos_hook";

import { amountsOf } from "../../common/amounts";
import { useKeptFocusOfPopup } from "../../common/kept_focus";
import { roundedUp } from "../../common/money";
import { TouchButton } from "../../common/touch_button/touch_button";
import { payoutRoundingText } from "../../common/texts";

/**
 * Money leaves a machine after somebody has seen the whole amount and touched exactly that. No key
 * confirms it. When the amount changes meanwhile, the button says the new one.
 *
 * Confirmed, the payload is the amount that was on the button, in minor units.
 */
export class MoneyOutPopup extends AbstractAwaitablePopup {
    static template = "pos_smartcash_terminal.MoneyOutPopup";
    static components = { TouchButton };
    /**
     * `amountOf`: (pos) → minor units, or null when there is nothing to give out any more;
     * `step`: minor units; the machine rounds up to a multiple of it, 0: it does not;
     * `buttonText`: (formatted amount) → what the button says
     */
    static defaultProps = { confirmKey: false, hint: "", step: 0 };

    setup() {
        super.setup();
        this.pos = usePos();
        useKeptFocusOfPopup(this, useRef("root"));
        this.amounts = amountsOf(this.env, this.pos.currency);
    }

    get minor() {
        return this.props.amountOf(this.pos);
    }

    /** What really comes out. */
    get amount() {
        return this.minor === null
            ? ""
            : this.amounts.format(roundedUp(this.minor, this.props.step));
    }

    get hint() {
        const isRounded =
            this.minor !== null && roundedUp(this.minor, this.props.step) !== this.minor;
        return isRounded ? payoutRoundingText(this.amounts.format(this.minor)) : this.props.hint;
    }

    get buttonText() {
        return this.props.buttonText(this.amount);
    }

    /** @override */
    async getPayload() {
        return this.minor;
    }
}
