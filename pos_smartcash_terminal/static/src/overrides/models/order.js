/** @odoo-module */

import { Order } from "@point_of_sale/app/store/models";
import { patch } from "@web/core/utils/patch";

patch(Order.prototype, {
    /** @override Money in a machine cannot be taken off an order by dropping the line. */
    remove_paymentline(line) {
        if (line.isHeldByMachine()) {
            return;
        }
        super.remove_paymentline(...arguments);
    },

    /** @override Cash in a machine is no reason to open the drawer. */
    is_paid_with_cash() {
        return this.paymentlines.some(
            (line) => line.payment_method.is_cash_count && !line.isSmartcash()
        );
    },

    hasMoneyInMachine() {
        return this.paymentlines.some((line) => line.isHeldByMachine());
    },
});
