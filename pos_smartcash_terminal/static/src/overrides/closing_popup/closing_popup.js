/** @odoo-module */

import { onMounted, useState } from "@odoo/owl";
import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";
import { ClosePosPopup } from "@point_of_sale/app/navbar/closing_popup/closing_popup";

import { amountsOf } from "@pos_smartcash_terminal/app/common/amounts";
import { cashMachineOf, useCashCount } from "@pos_smartcash_terminal/app/cash_control/cash_machine";
import {
    closingStage,
    expectedParts,
} from "@pos_smartcash_terminal/app/cash_control/closing_figures";
import { ClosingQuestions } from "@pos_smartcash_terminal/app/cash_control/closing_questions";
import { differenceText, partText } from "@pos_smartcash_terminal/app/cash_control/cash_words";
import { CountPanel } from "@pos_smartcash_terminal/app/cash_control/count_panel";
import { outOfReachText } from "@pos_smartcash_terminal/app/common/texts";

ClosePosPopup.props = [...ClosePosPopup.props, "smartcash?"];
ClosePosPopup.components = {
    ...ClosePosPopup.components,
    SmartcashCountPanel: CountPanel,
    SmartcashClosingQuestions: ClosingQuestions,
};

/**
 * Where cash is in a machine: first what runs and what asks for a decision, then the machine is
 * counted. Differences, notes and the closing itself stay core's.
 */
patch(ClosePosPopup.prototype, {
    setup() {
        super.setup(...arguments);
        if (!this.props.smartcash) {
            return;
        }
        this.smartcash = useService("smartcash");
        this.amounts = amountsOf(this.env, this.pos.currency);
        this.closing = useState({ isLooking: false, stage: this.smartcashStage(this.props) });
        const { machines } = this.props.smartcash;
        this.count = useCashCount(this, cashMachineOf(this.pos), "closing", machines);
        onMounted(() => this.countIfPossible());
    },

    get hasMachine() {
        return Boolean(this.props.smartcash?.machines.length);
    },

    /** Until everything is settled, and where machines are counted, in core's place. */
    get isSmartcashFirst() {
        return this.props.smartcash && (this.hasMachine || this.closing.stage !== "count");
    },

    smartcashStage({ smartcash }) {
        return closingStage(smartcash, {
            running: this.smartcash.runners.size,
            refused: this.refusedMessages.length,
            unsent: this.smartcash.ledger.waiting,
        });
    },

    /** On which machine, and what to do where this till does not work with it. */
    get smartcashRunning() {
        return this.props.smartcash.running.map(({ uuid, device, orderName, cashier }) => {
            const what = [device.name, orderName, cashier].filter(Boolean).join(" · ");
            const isInReach = this.smartcash.operations.isInReach({ uuid, device });
            const text = isInReach ? what : `${what}. ${outOfReachText(device.name)}`;
            return { uuid, text };
        });
    },

    /** What Odoo will not have from this till, and why. */
    get refusedMessages() {
        return this.smartcash.ledger.problems();
    },

    async sendRefusedAgain() {
        await Promise.all(
            this.refusedMessages.map(({ id }) => this.smartcash.ledger.retryProblem(id))
        );
        await this.lookAgain();
    },

    async countIfPossible(only) {
        if (this.hasMachine && this.closing.stage === "count") {
            await this.count.run(only);
        }
    },

    /**
     * Asks Odoo again what is expected and open, then counts again.
     *
     * @param {import("@pos_smartcash_terminal/app/cash_control/machine_count").MachineCount} [only]
     *     this machine
     */
    async lookAgain(only) {
        if (this.closing.isLooking) {
            return;
        }
        this.closing.isLooking = true;
        try {
            const info = await this.pos.getClosePosInfo();
            const popup = this.popup.popups[this.props.id];
            popup.props = { ...popup.props, ...info };
            this.count.update(info.smartcash.machines);
            this.closing.stage = this.smartcashStage(info);
        } finally {
            this.closing.isLooking = false;
        }
        await this.countIfPossible(only);
    },

    /** Odoo asks the login; at the till it is the badge that counts, too. */
    get smartcashIsManager() {
        return this.props.is_manager && this.pos.get_cashier()?.role === "manager";
    },

    goToOrder(order) {
        this.cancel();
        this.pos.set_order(order);
        this.pos.showScreen("PaymentScreen");
    },

    get isCounted() {
        return this.closing.stage === "count" && (!this.hasMachine || this.count.isReady);
    },

    get smartcashExpected() {
        return this.amounts.toMinor(this.props.default_cash_details.amount) + this.count.found;
    },

    get smartcashParts() {
        const { cause } = this.props.smartcash;
        const opening = cause.opening + this.count.found;
        return expectedParts({ ...cause, opening }, this.smartcashExpected).map(
            ({ key, amount }) => ({ key, text: partText(key), amount: this.amounts.format(amount) })
        );
    },

    get smartcashDifference() {
        return this.count.counted - this.smartcashExpected;
    },

    get smartcashDifferenceText() {
        return differenceText(this.smartcashDifference, this.amounts.format);
    },

    /** Another method's amount: what core would take and we read as another amount is neither. */
    isClosingAmount(text) {
        const isValid = this.env.utils.isValidFloat(text);
        return isValid && (!this.hasMachine || this.amounts.parse(text) !== null);
    },

    /** @override */
    canConfirm() {
        const typed = Object.values(this.state.payments).map(({ counted }) => counted);
        const isOurs = Boolean(this.props.smartcash);
        return (
            super.canConfirm(...arguments) &&
            (!isOurs || (this.isCounted && typed.every((text) => this.isClosingAmount(text))))
        );
    },

    /** @override */
    getDifference(paymentId) {
        if (!this.hasMachine) {
            return super.getDifference(...arguments);
        }
        if (paymentId === this.props.default_cash_details.id) {
            return this.isCounted ? this.amounts.toFloat(this.smartcashDifference) : NaN;
        }
        const { counted } = this.state.payments[paymentId];
        const minor = this.isClosingAmount(counted) ? this.amounts.parse(counted) : null;
        const { amount } = this.props.other_payment_methods.find(({ id }) => id === paymentId);
        return minor === null ? NaN : this.amounts.toFloat(minor - this.amounts.toMinor(amount));
    },

    /** @override */
    async confirm() {
        if (this.props.smartcash) {
            if (!this.canConfirm()) {
                return;
            }
            if (this.hasMachine) {
                const cash = this.state.payments[this.props.default_cash_details.id];
                cash.counted = this.amounts.write(this.count.counted);
            }
        }
        return super.confirm(...arguments);
    },
});
