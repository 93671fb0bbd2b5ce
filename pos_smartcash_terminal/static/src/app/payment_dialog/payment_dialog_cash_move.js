/** @odoo-module */

import { _t } from "@web/core/l10n/translation";

import { PaymentDialog } from "./payment_dialog";

/** The same face for cash that is put in or taken out without an order. */
export class CashMoveDialog extends PaymentDialog {
    static template = "pos_smartcash_terminal.CashMoveDialog";

    get isPayout() {
        return this.props.payment.kind === "cash_out";
    }

    /** Put in what you like, then finish. */
    get isOpenDeposit() {
        return !this.isPayout && this.view.due === 0;
    }

    get stepText() {
        switch (this.step) {
            case "paid":
                return this.isPayout ? _t("Taken out") : _t("Put in");
            case "nothing":
                return this.isPayout ? _t("Nothing taken out") : _t("Nothing put in");
            default:
                return super.stepText;
        }
    }

    get movedAmount() {
        return Math.abs(this.view.lineAmount);
    }

    get keepText() {
        return this.isOpenDeposit
            ? _t("Finish: %s put in", this.money(this.view.inserted))
            : _t("Finish with %s", this.money(this.view.inserted));
    }
}
