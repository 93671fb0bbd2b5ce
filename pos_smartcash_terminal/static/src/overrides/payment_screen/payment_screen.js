/** @odoo-module */

import { onMounted } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { useBus } from "@web/core/utils/hooks";
import { ErrorPopup } from "@point_of_sale/app/errors/popups/error_popup";
import { ConfirmPopup } from "@point_of_sale/app/utils/confirm_popup/confirm_popup";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";

import { useSmartcash } from "@pos_smartcash_terminal/app/common/use_smartcash";

/** Odoo has this order, paid with other money (`pos.order`, `_smartcash_paid_already`). */
function isPaidAlready(error) {
    return error?.data?.context?.smartcash === "paid_already";
}

patch(PaymentScreen.prototype, {
    setup() {
        super.setup(...arguments);
        this.smartcash = useSmartcash();
        if (!this.smartcash) {
            return;
        }
        useBus(this.smartcash.bus, "settled", () => this.closePaidOrder());
        onMounted(() => {
            this.smartcash.prepare(this.payment_methods_from_config);
            this.closePaidOrder();
            this.releaseSettledLines();
        });
    },

    /** What a manager has settled meanwhile, or Odoo has on the paid order, is not on this one. */
    async releaseSettledLines() {
        const order = this.currentOrder;
        const lines = !order || order.finalized ? [] : this.paymentLines;
        const done = lines.filter((line) => line.isHeldByMachine() && line.is_done());
        await Promise.all(done.map((line) => line.payment_method.payment_terminal.release(line)));
    },

    /** Straight to the receipt, for orders whose rule says so; once per order. */
    async closePaidOrder() {
        const order = this.currentOrder;
        if (this.smartcash.takeOrderToClose(order.uid) && !order.finalized) {
            this.smartcashMaker = order.cashier;
            try {
                await this.validateOrder(false);
            } finally {
                this.smartcashMaker = null;
            }
        }
    },

    /** @override Core adds the line of an only method by itself: nobody has chosen it yet. */
    onMounted() {
        this.smartcashIsOpening = true;
        try {
            super.onMounted(...arguments);
        } finally {
            this.smartcashIsOpening = false;
        }
    },

    /**
     * @override A second tap on the method goes on with the line that is there. Where the method
     * says so, the first one has started it.
     */
    addNewPaymentLine(paymentMethod) {
        const startsNow = Boolean(paymentMethod.smartcash?.autoStart) && !this.smartcashIsOpening;
        if (startsNow) {
            // The amount that was typed just before belongs to the line.
            this.numberBuffer.capture();
        }
        const open = this.paymentLines.find(
            (line) =>
                line.payment_method === paymentMethod &&
                line.isSmartcash() &&
                !line.is_done() &&
                (startsNow || !line.isHeldByMachine())
        );
        if (open) {
            this.selectPaymentLine(open.cid);
        } else if (!super.addNewPaymentLine(...arguments)) {
            return false;
        }
        if (startsNow) {
            this.startChosenLine(this.selectedPaymentLine);
        }
        return true;
    },

    /**
     * Only money that comes in, and only for a line that core takes as it is: whatever else there is
     * to say, the line's own button says.
     */
    startChosenLine(line) {
        const isStartable =
            line.isSmartcash() &&
            line.amount > 0 &&
            this.currentOrder.check_paymentlines_rounding();
        if (isStartable || line.isHeldByMachine()) {
            this.sendPaymentRequest(line);
        }
    },

    /**
     * @override With employees, core makes whoever is logged in the order's cashier. An order that
     * closes by itself keeps who made it: by then somebody else may stand there, or nobody.
     */
    async _finalizeValidation() {
        if (this.smartcashMaker?.id) {
            this.currentOrder.cashier = this.smartcashMaker;
        }
        try {
            return await super._finalizeValidation(...arguments);
        } catch (error) {
            if (!isPaidAlready(error)) {
                throw error;
            }
            return await this._leaveSecondPayment(error.data.message);
        } finally {
            // Odoo may have refused the order for money that has another place by now.
            this.releaseSettledLines();
        }
    },

    /**
     * Another till was quicker. What was taken here is given back, or a manager is asked; it is lost
     * in neither case.
     *
     * @param {string} message what Odoo said
     */
    async _leaveSecondPayment(message) {
        const { confirmed } = await this.popup.add(ConfirmPopup, {
            title: _t("This order was paid already"),
            body: message,
            confirmText: _t("Ask a manager"),
            cancelText: _t("Give it back"),
            confirmKey: false,
        });
        if (confirmed) {
            this.currentOrder.smartcash_paid_twice = true;
            await super._finalizeValidation();
        }
    },

    /** @override Whether the order then closes by itself is the rule's choice, not the config's. */
    async sendPaymentRequest(line) {
        if (!line.isSmartcash()) {
            return super.sendPaymentRequest(...arguments);
        }
        this.numberBuffer.capture();
        this.paymentLines.forEach((other) => {
            other.can_be_reversed = false;
        });
        await line.pay();
    },

    /** @override A machine's payment is cancelled where it is watched: in its dialog. */
    async sendPaymentCancel(line) {
        if (!line.isSmartcash()) {
            return super.sendPaymentCancel(...arguments);
        }
        await line.pay();
    },

    /** @override Core sets a paid line to zero when more is typed than is due. */
    updateSelectedPaymentline() {
        if (!this.selectedPaymentLine?.isHeldByMachine()) {
            super.updateSelectedPaymentline(...arguments);
        }
    },

    /** @override */
    deletePaymentLine(cid) {
        const line = this.paymentLines.find((one) => one.cid === cid);
        if (!line.isHeldByMachine()) {
            return super.deletePaymentLine(...arguments);
        }
        this.notification.add(
            line.is_done()
                ? _t("This money is booked: the line stays on the order.")
                : _t("This payment is not over: it cannot be removed."),
            4000
        );
        if (!line.is_done()) {
            line.pay();
        }
    },

    /** @override */
    async _isOrderValid() {
        return !this._isWaitingForMachine() && super._isOrderValid(...arguments);
    },

    /**
     * Core drops lines that are not done when it validates, and takes every negative order for
     * paid. With a machine that would be money in or out that no order knows of.
     */
    _isWaitingForMachine() {
        const order = this.currentOrder;
        const waiting = this.paymentLines.filter((line) => line.isSmartcash() && !line.is_done());
        if (waiting.some((line) => line.isHeldByMachine())) {
            this.popup.add(ErrorPopup, {
                title: _t("The machine has not finished"),
                body: _t(
                    "A payment of this order still runs or needs a check. Press “Check” on its line and wait for the result."
                ),
            });
            return true;
        }
        const usesMachine = this.paymentLines.some((line) => line.isSmartcash());
        const isPaidBack = this.env.utils.floatIsZero(order.get_due());
        if (order.get_total_with_tax() < 0 && usesMachine && (waiting.length || !isPaidBack)) {
            this.popup.add(ErrorPopup, {
                title: _t("The refund is not paid out yet"),
                body: _t(
                    "Press “Send” so that the machine pays out, or remove the line and choose another payment method."
                ),
            });
            return true;
        }
        return this._isChangeLeft();
    },

    /** Core would book change that nobody gives: only a machine holds cash here. */
    _isChangeLeft() {
        const cash = this.payment_methods_from_config.filter((method) => method.is_cash_count);
        const order = this.currentOrder;
        const change = order.get_change();
        if (
            this.env.utils.floatIsZero(change) ||
            !cash.length ||
            cash.some((method) => !method.smartcash)
        ) {
            return false;
        }
        if (order.get_partner() && !order.get_orderlines().length) {
            this.popup.add(ErrorPopup, {
                title: _t("Not on the customer's account yet"),
                body: _t(
                    "The customer has paid %s and nothing is sold. Choose the customer account as a payment method, so that it gets this amount. Then validate.",
                    this.env.utils.formatCurrency(change)
                ),
            });
            return true;
        }
        this.popup.add(ErrorPopup, {
            title: _t("More was paid than is due"),
            body: _t(
                "%s belongs to the customer, and this till has no drawer to give it from. Choose %s again and press “Send”: the machine gives it back. Then validate.",
                this.env.utils.formatCurrency(change),
                cash[0].name
            ),
        });
        return true;
    },
});
