/** @odoo-module */

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { ErrorPopup } from "@point_of_sale/app/errors/popups/error_popup";
import { TicketScreen } from "@point_of_sale/app/screens/ticket_screen/ticket_screen";

/** An order that a machine works for, or holds money for, is not deleted. */
patch(TicketScreen.prototype, {
    shouldHideDeleteButton(order) {
        return super.shouldHideDeleteButton(...arguments) || order.hasMoneyInMachine();
    },

    async _onBeforeDeleteOrder(order) {
        for (const line of [...order.get_paymentlines()]) {
            if (line.isHeldByMachine() && line.is_done()) {
                await line.payment_method.payment_terminal.release(line);
            }
        }
        if (order.hasMoneyInMachine()) {
            this.popup.add(ErrorPopup, {
                title: _t("The machine has money for this order"),
                body: _t(
                    "Finish or cancel the machine's payment first; then the order can be deleted."
                ),
            });
            return false;
        }
        return super._onBeforeDeleteOrder(...arguments);
    },
});
