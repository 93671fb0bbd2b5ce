/** @odoo-module */

import { ReceiptScreen } from "@point_of_sale/app/screens/receipt_screen/receipt_screen";
import { patch } from "@web/core/utils/patch";

import { fromMinor } from "@pos_smartcash_terminal/app/common/money";

patch(ReceiptScreen.prototype, {
    /** What the customer takes out of the machine, or had from the drawer; "" when there is none. */
    get smartcashChange() {
        const given = this.currentOrder
            .get_paymentlines()
            .filter((line) => line.isSmartcash() && line.amount > 0)
            .reduce((sum, line) => sum + line.smartcash_amount_out, 0);
        const { decimal_places } = this.pos.currency;
        return given > 0 ? this.env.utils.formatCurrency(fromMinor(given, decimal_places)) : "";
    },
});
