/** @odoo-module */

import { useState } from "@odoo/owl";
import { patch } from "@web/core/utils/patch";
import { PaymentScreenPaymentLines } from "@point_of_sale/app/screens/payment_screen/payment_lines/payment_lines";

import { useSmartcash } from "@pos_smartcash_terminal/app/common/use_smartcash";
import { isByHand } from "@pos_smartcash_terminal/app/common/uuid";
import { cardStepText, stepText } from "@pos_smartcash_terminal/app/common/texts";

const STEP_OF_STATUS = { pending: "pending", retry: "nothing", done: "paid" };

patch(PaymentScreenPaymentLines.prototype, {
    setup() {
        super.setup(...arguments);
        this.smartcash = useState(useSmartcash()?.state || { payments: {} });
    },

    /** What the machine does for this line, or how it ended: the key of the words shown. */
    smartcashStep(line) {
        const step = STEP_OF_STATUS[line.payment_status];
        const payment = this.smartcash.payments[line.smartcash_uuid];
        if (step || !payment || (payment.view.stage === "ended" && !payment.view.byHand)) {
            return step || "check";
        }
        return payment.view.byHand ? "by_hand" : payment.view.stage;
    },

    smartcashStepText(line) {
        const isDoneByHand = line.is_done() && isByHand(line.smartcash_uuid);
        const step = isDoneByHand ? "by_hand_done" : this.smartcashStep(line);
        const isCard = line.payment_method.smartcash?.device?.capabilities?.card;
        return isCard
            ? cardStepText(step, line.amount < 0, line.smartcash_requested)
            : stepText(step, line.amount < 0);
    },

    smartcashCanTakeByHand(line) {
        return line.payment_method.payment_terminal.canTakeByHand(line);
    },

    smartcashTakeByHandText(line) {
        return stepText("take_by_hand", line.amount < 0);
    },

    smartcashTakeByHand(line) {
        return line.payment_method.payment_terminal.takeByHand(line);
    },

    /** The line runs behind its dialog, or waits for someone to look. */
    smartcashNeedsCheck(line) {
        const payment = this.smartcash.payments[line.smartcash_uuid];
        return (
            this.smartcashStep(line) === "check" ||
            (line.isHeldByMachine() && !line.is_done() && Boolean(payment?.aside))
        );
    },
});
