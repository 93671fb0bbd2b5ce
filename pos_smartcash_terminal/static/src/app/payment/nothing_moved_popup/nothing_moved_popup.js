/** @odoo-module */

import { ErrorPopup } from "@point_of_sale/app/errors/popups/error_popup";

/** Why the machine moved no money; for those who may, with the way on by hand. */
export class NothingMovedPopup extends ErrorPopup {
    static template = "pos_smartcash_terminal.NothingMovedPopup";

    takeByHand() {
        this.props.close({ confirmed: true, payload: "by_hand" });
    }
}
