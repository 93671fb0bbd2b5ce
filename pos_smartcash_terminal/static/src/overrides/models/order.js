/** @odoo-module */

import { Order } from "@point_of_sale/app/store/models";
import { patch } from "@web/core/utils/patch";

import { saveAsFarAsPossible } from "@pos_smartcash_terminal/app/payment/save_order";
import { isByHand } from "@pos_smartcash_terminal/app/common/uuid";

/**
 * `smartcash_paid_twice`: another till was paid for this order before, and whoever stands here leaves
 * it to a manager what becomes of the second payment.
 */
patch(Order.prototype, {
    setup() {
        super.setup(...arguments);
        this.smartcash_paid_twice = this.smartcash_paid_twice || false;
    },

    init_from_JSON(json) {
        super.init_from_JSON(...arguments);
        this.smartcash_paid_twice = json.smartcash_paid_twice === true;
    },

    export_as_JSON() {
        return {
            ...super.export_as_JSON(...arguments),
            smartcash_paid_twice: this.smartcash_paid_twice,
        };
    },

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
        return super.electronic_payment_in_progress.call(
            this._smartcashWithLines(
                (line) => !line.isSmartcash() || line.is_done() || line.isHeldByMachine()
            )
        );
    },

    /**
     * @override Core wants amounts that are multiples of the cash rounding. What a machine holds is
     * what it holds: a line that nobody can change or remove must not block the order.
     */
    check_paymentlines_rounding() {
        return super.check_paymentlines_rounding.call(
            this._smartcashWithLines((line) => !line.isHeldByMachine())
        );
    },

    /** @override */
    has_not_valid_rounding() {
        return super.has_not_valid_rounding.call(
            this._smartcashWithLines((line) => !line.isHeldByMachine())
        );
    },

    /** This order as core's own checks shall see it: with some of its payment lines. */
    _smartcashWithLines(isSeen) {
        const seen = this.paymentlines.filter(isSeen);
        return Object.create(this, {
            paymentlines: { value: seen },
            get_paymentlines: { value: () => seen },
        });
    },

    hasMoneyInMachine() {
        return this.paymentlines.some((line) => line.isHeldByMachine());
    },

    /** Odoo's copy of this order does not have the machine's money: it must not take its place. */
    hasUnsavedMachineMoney() {
        return this.paymentlines.some((line) => line.isHeldByMachine() && !line.smartcash_saved);
    },
});
