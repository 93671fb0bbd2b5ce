/** @odoo-module */

import { OrderReceipt } from "@point_of_sale/app/screens/receipt_screen/receipt/order_receipt";
import { patch } from "@web/core/utils/patch";

import { cardRows } from "@pos_smartcash_terminal/app/common/texts";

patch(OrderReceipt.prototype, {
    /** @returns {{name: string, value: string}[]} what the terminal told, of a card payment */
    smartcashCardRows(line) {
        return cardRows(line.smartcash_card);
    },

    /** What a machine gave back is told with its payment; no change beside it is no news. */
    get smartcashShowsChange() {
        const { change, paymentlines } = this.props.data;
        return Boolean(change) || !paymentlines.some((line) => line.smartcash);
    },
});
