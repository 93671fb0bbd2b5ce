/** @odoo-module */

import { useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { CashMovePopup } from "@point_of_sale/app/navbar/cash_move_popup/cash_move_popup";
import { useAsyncLockedMethod } from "@point_of_sale/app/utils/hooks";

import { amountsOf } from "@pos_smartcash_terminal/app/common/amounts";
import { cashMachineOf } from "@pos_smartcash_terminal/app/cash_control/cash_machine";
import {
    MAX_REASON,
    allowedCashMoves,
    cashMoveLimit,
    cashMoveProblem,
    payableBeside,
} from "@pos_smartcash_terminal/app/common/cash_move";
import {
    cashMoveButtonText,
    cashMoveLimitText,
    cashMoveProblemText,
} from "@pos_smartcash_terminal/app/cash_control/cash_words";
import { amountsInside } from "@pos_smartcash_terminal/app/levels/look_inside";
import { TouchButton } from "@pos_smartcash_terminal/app/common/touch_button/touch_button";

CashMovePopup.components = { ...CashMovePopup.components, SmartcashTouchButton: TouchButton };

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
        this.move = useState({ refusal: "", isStarted: false, inside: null, steps: null });
        this.byHand = null;
        this.confirmByHand = useAsyncLockedMethod(this.confirmByHand);
        if (this.allowedKinds.length === 1) {
            this.state.type = this.allowedKinds[0] === "cash_in" ? "in" : "out";
        }
        this.lookInside();
    },

    /** How much can come out at all; a machine that cannot be asked says so when it is told to pay. */
    async lookInside() {
        const { device } = this.machine.smartcash;
        if (device) {
            const inside = await amountsInside(this.env.services.smartcash, device.id);
            this.move.inside = inside && inside.recyclers;
            this.move.steps = inside && inside.steps;
        }
    },

    isTypeAllowed(type) {
        return !this.machine || this.allowedKinds.includes(`cash_${type}`);
    },

    isMoveAmount(text) {
        return this.machine ? !this.amounts.problemText(text) : this.env.utils.isValidFloat(text);
    },

    get amountName() {
        return _t("Amount");
    },

    get kind() {
        return `cash_${this.state.type}`;
    },

    get amount() {
        return this.amounts.parse(this.state.amount);
    },

    /** Nothing typed: the machine counts what is put in. */
    get isOpenDeposit() {
        return Boolean(this.machine && this.kind === "cash_in" && this.amount === 0);
    },

    get canMoveByHand() {
        return Boolean(this.machine?.smartcash.rights.byHand);
    },

    /** @override Core writes this on its own button, and takes "12.50" for 1,250 in Spanish. */
    format(value) {
        return this.machine ? "" : super.format(value);
    },

    buttonText(options) {
        const amount = this.amount > 0 ? this.amounts.format(this.amount) : "";
        return cashMoveButtonText(this.kind, amount, options);
    },

    /** @returns {string|null} a code */
    problemOf(options) {
        const wish = { kind: this.kind, amount: this.amount, ...options };
        return cashMoveProblem(wish, this.machine.smartcash, this.move.inside, this.move.steps);
    },

    get limitText() {
        const limit = cashMoveLimit(this.kind, this.machine.smartcash);
        return cashMoveLimitText(this.kind, limit && this.amounts.format(limit));
    },

    /** Said while it is typed, before anything starts. */
    get problemText() {
        const problem = this.problemOf();
        if (this.move.refusal || !problem || problem === "amount_needed") {
            return this.move.refusal;
        }
        const inside = this.amounts.format(this.move.inside || 0);
        const limit = this.amounts.format(cashMoveLimit(this.kind, this.machine.smartcash));
        const payable = payableBeside(this.kind, this.amount, this.move.steps).map((minor) =>
            this.amounts.format(minor)
        );
        return (
            this.amounts.problemText(this.state.amount) ||
            cashMoveProblemText(problem, { limit, inside, payable })
        );
    },

    makeWish() {
        const reason = this.state.reason.trim().slice(0, MAX_REASON);
        return { kind: this.kind, amount: this.amount, reason };
    },

    /** @override A scanner ends with Enter: no key moves money, in or out. */
    _onWindowKeyup(event) {
        if (!this.machine || event.key !== this.props.confirmKey) {
            super._onWindowKeyup(...arguments);
        }
    },

    /** @override */
    async confirm() {
        if (!this.machine) {
            return super.confirm(...arguments);
        }
        if (!this.move.isStarted && !this.problemOf()) {
            this.move.isStarted = true;
            // The machine's own dialog takes over.
            this.props.close();
            this.cashMoves.start(this.machine, this.makeWish());
        }
    },

    async confirmByHand() {
        if (this.problemOf({ byHand: true })) {
            return;
        }
        const wish = this.makeWish();
        const asked = JSON.stringify(wish);
        if (this.byHand?.asked !== asked) {
            const op = this.cashMoves.makeOperation(this.machine, wish, { byHand: true });
            this.byHand = { asked, op };
        }
        this.move.refusal = "";
        const refusal = await this.cashMoves.bookByHand(this.byHand.op);
        if (refusal) {
            this.move.refusal = refusal.message;
            return;
        }
        this.props.close();
    },
});
