/** @odoo-module */

import { AbstractAwaitablePopup } from "@point_of_sale/app/popup/abstract_awaitable_popup";

/**
 * Says in big digits what a person takes or gives instead of the machine. No key confirms it: a
 * scanner ends with Enter.
 */
export class ByHandPopup extends AbstractAwaitablePopup {
    static template = "pos_smartcash_terminal.ByHandPopup";
    static defaultProps = { confirmKey: false };
}
