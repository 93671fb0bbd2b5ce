/** @odoo-module */

import { onMounted, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { AbstractAwaitablePopup } from "@point_of_sale/app/popup/abstract_awaitable_popup";

/** ms; the second half of a double click on "Book it" must not say "Handed over". */
const READING_TIME = 700;

/**
 * Says in big digits what a person takes or gives instead of the machine. No key confirms it: a
 * scanner ends with Enter.
 */
export class ByHandPopup extends AbstractAwaitablePopup {
    static template = "pos_smartcash_terminal.ByHandPopup";
    static defaultProps = { confirmKey: false };

    setup() {
        super.setup();
        this.state = useState({ isReady: !this.props.isBooked });
        onMounted(() => {
            browser.setTimeout(() => {
                this.state.isReady = true;
            }, READING_TIME);
        });
    }
}
