/** @odoo-module */

import { Order } from "@point_of_sale/app/store/models";
import { patch } from "@web/core/utils/patch";

import { saveAsFarAsPossible } from "@pos_smartcash_terminal/app/save_order";
import { isByHand } from "@pos_smartcash_terminal/app/uuid";

patch(Order.prototype, {
    /** @override Money in a machine cannot be taken off an order by dropping the line. */
    remove_paymentline(line) {
        if (line.isHeldByMachine()) {
            return;
        }
        super.remove_paymentline(...arguments);
    },

    /** @override Cash in a machine is no reason to open the drawer; cash taken by hand is. */
    is_paid_with_cash() {
        return this.paymentlines.some(
            (line) =>
                line.payment_method.is_cash_count &&
                (!line.isSmartcash() || isByHand(line.smartcash_uuid))
        );
    },

    /** @override A full storage must not end a payment in the middle. */
    save_to_db() {
        saveAsFarAsPossible(this, () => super.save_to_db(...arguments));
    },

    /** @override A line that no operation runs on is a plan, and no payment in progress. */
    electronic_payment_in_progress() {
        const isInProgress = super.electronic_payment_in_progress(...arguments);
        const isOurs = (line) => line.isSmartcash() && !line.is_done() && !line.isHeldByMachine();
        if (!isInProgress || !this.paymentlines.some(isOurs)) {
            return isInProgress;
        }
        return this.paymentlines.some(
            (line) =>
                line.payment_status &&
                !["done", "reversed"].includes(line.payment_status) &&
                !isOurs(line)
        );
    },

    hasMoneyInMachine() {
        return this.paymentlines.some((line) => line.isHeldByMachine());
    },
});
