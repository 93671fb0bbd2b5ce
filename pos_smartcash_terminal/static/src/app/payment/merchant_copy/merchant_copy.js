/** @odoo-module */

import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { cardRows, refundText } from "../../common/texts";

/**
 * What the shop keeps of the card payments of an order: a slip per payment, without the goods.
 */
export class MerchantCopy extends Component {
    static template = "pos_smartcash_terminal.MerchantCopy";
    static props = {
        /** as an order exports it for printing */
        data: Object,
        formatCurrency: Function,
    };

    get payments() {
        return this.props.data.paymentlines.filter(isTold);
    }

    kindText({ amount, smartcash_requested }) {
        return amount < 0 ? refundText(smartcash_requested) : _t("Paid");
    }

    rows(payment) {
        return cardRows(payment.smartcash_card);
    }
}

/** Whether a terminal told more of a payment than its amount. */
function isTold({ smartcash_card }) {
    return cardRows(smartcash_card).length > 0;
}

/** Beside the button that prints the receipt, when a card was used. */
export class MerchantCopyButton extends Component {
    static template = "pos_smartcash_terminal.MerchantCopyButton";
    static props = { order: Object };

    setup() {
        this.printer = useService("printer");
        this.state = useState({ isPrinting: false });
    }

    get isShown() {
        return this.props.order.get_paymentlines().some(isTold);
    }

    async print() {
        this.state.isPrinting = true;
        try {
            await this.printer.print(
                MerchantCopy,
                {
                    data: this.props.order.export_for_printing(),
                    formatCurrency: this.env.utils.formatCurrency,
                },
                { webPrintFallback: true }
            );
        } finally {
            this.state.isPrinting = false;
        }
    }
}
