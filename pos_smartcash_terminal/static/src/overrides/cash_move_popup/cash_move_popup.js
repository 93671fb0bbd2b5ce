/** @odoo-module */

import { useState } from "@odoo/owl";
import { patch } from "@web/core/utils/patch";
import { CashMovePopup } from "@point_of_sale/app/navbar/cash_move_popup/cash_move_popup";
import { useAsyncLockedMethod } from "@point_of_sale/app/utils/hooks";

import { amountsOf, cashMachineOf } from "@pos_smartcash_terminal/app/cash_control/cash_machine";
import {
    MAX_REASON,
    allowedCashMoves,
    cashMoveProblem,
} from "@pos_smartcash_terminal/app/cash_control/cash_move";
import { cashMoveProblemText } from "@pos_smartcash_terminal/app/cash_control/cash_words";

/** Where cash is in a machine, the machine takes it and gives it out, and Odoo books what moved. */
patch(CashMovePopup.prototype, {
    setup() {
        super.setup(...arguments);
        this.machine = cashMachineOf(this.pos);
        if (!this.machine) {
            return;
        }
        this.amounts = amountsOf(this.env, this.pos.currency);
        this.cashMoves = this.env.services.smartcash.cashMoves;
        this.allowedKinds = allowedCashMoves(this.machine.smartcash);
        this.maxReason = MAX_REASON;
        this.move = useState({ problem: "" });
        this.byHand = null;
        this.confirmByHand = useAsyncLockedMethod(this.confirmByHand);
        if (this.allowedKinds.length === 1) {
            this.state.type = this.allowedKinds[0] === "cash_in" ? "in" : "out";
        }
    },

    isTypeAllowed(type) {
        return !this.machine || this.allowedKinds.includes(`cash_${type}`);
    },

    /** Nothing typed: the machine counts what is put in. */
    get isOpenDeposit() {
        return Boolean(
            this.machine && this.state.type === "in" && this.amounts.parse(this.state.amount) === 0
        );
    },

    /** @override */
    format(value) {
        return this.isOpenDeposit ? "" : super.format(value);
    },

    get canMoveByHand() {
        return Boolean(this.machine?.smartcash.rights.byHand);
    },

    get smartcashWish() {
        return {
            kind: `cash_${this.state.type}`,
            amount: this.amounts.parse(this.state.amount),
            reason: this.state.reason.trim().slice(0, MAX_REASON),
        };
    },

    /** @returns {Object|null} what is asked for; null when it cannot be, and then it is said why */
    takeWish(options) {
        const wish = this.smartcashWish;
        const { smartcash } = this.machine;
        const problem = cashMoveProblem({ ...wish, ...options }, smartcash);
        const limit = smartcash.limits[this.state.type === "in" ? "cashIn" : "cashOut"] || 0;
        this.move.problem = problem ? cashMoveProblemText(problem, this.amounts.format(limit)) : "";
        return problem ? null : wish;
    },

    /** @override */
    async confirm() {
        if (!this.machine) {
            return super.confirm(...arguments);
        }
        const wish = this.takeWish();
        if (wish) {
            // The machine's own dialog takes over.
            this.props.close();
            this.cashMoves.start(this.machine, wish);
        }
    },

    async confirmByHand() {
        const wish = this.takeWish({ byHand: true });
        if (!wish) {
            return;
        }
        const asked = JSON.stringify(wish);
        if (this.byHand?.asked !== asked) {
            const op = this.cashMoves.makeOperation(this.machine, wish, { byHand: true });
            this.byHand = { asked, op };
        }
        const refusal = await this.cashMoves.bookByHand(this.byHand.op);
        if (refusal) {
            this.move.problem = refusal.message;
            return;
        }
        this.props.close();
    },
});
