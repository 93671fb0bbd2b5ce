/** @odoo-module */

import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { usePos } from "@point_of_sale/app/store/pos_hook";

import { LedgerUnreachable } from "../ledger/errors";
import { amountsOf } from "../common/amounts";
import { askOdoo } from "./cash_machine";
import { kindText } from "./cash_words";

const MAX_ORDERS = 200;

/** Operations that ask for a decision before a session closes; a manager decides them here. */
export class ClosingQuestions extends Component {
    static template = "pos_smartcash_terminal.ClosingQuestions";
    static props = {
        operations: Array,
        isManager: Boolean,
        onDecided: Function,
        onGoToOrder: Function,
    };

    setup() {
        this.pos = usePos();
        this.orm = useService("orm");
        this.amounts = amountsOf(this.env, this.pos.currency);
        this.state = useState({
            uuid: null,
            resolution: null,
            reason: "",
            orderId: "",
            orders: [],
            problem: "",
            isSending: false,
        });
    }

    title({ kind, orderName, reference, amount }) {
        const about = orderName || reference;
        const what = amount ? `${kindText(kind)} ${this.amounts.format(amount)}` : kindText(kind);
        return about ? `${what} · ${about}` : what;
    }

    who({ startedAt, cashier }) {
        const time = startedAt ? new Date(startedAt).toLocaleTimeString() : "";
        return [time, cashier].filter(Boolean).join(" · ");
    }

    /**
     * The order can still be finished on this till, and the question is settled by that. Decided
     * before, the same money would be in the books twice as soon as somebody finishes it.
     */
    openOrder({ orderUid }) {
        return this.pos.orders.find((order) => order.uid === orderUid && !order.finalized);
    }

    get asksManager() {
        return this.props.operations.some((operation) => !this.openOrder(operation));
    }

    /** Odoo says what can be decided, here as in the back end. */
    get chosen() {
        const { uuid, resolution } = this.state;
        return this.props.operations
            .find((operation) => operation.uuid === uuid)
            ?.decisions.find((decision) => decision.resolution === resolution);
    }

    orderLabel({ pos_reference, amount_total }) {
        return `${pos_reference} · ${this.env.utils.formatCurrency(amount_total)}`;
    }

    async choose({ uuid }, resolution) {
        Object.assign(this.state, { uuid, resolution, reason: "", orderId: "", problem: "" });
        if (this.chosen?.needsOrder && !this.state.orders.length) {
            try {
                this.state.orders = await askOdoo(this.orm, "pos.order", "search_read", [
                    [["session_id", "=", this.pos.pos_session.id]],
                    ["pos_reference", "amount_total"],
                    0,
                    MAX_ORDERS,
                    "id desc",
                ]);
            } catch (error) {
                this.state.problem = this._explain(error);
            }
        }
    }

    get canDecide() {
        const { reason, orderId, isSending } = this.state;
        const { chosen } = this;
        return Boolean(chosen && reason.trim() && !isSending && (!chosen.needsOrder || orderId));
    }

    async decide() {
        if (!this.canDecide) {
            return;
        }
        const { uuid, resolution, reason, orderId } = this.state;
        const { needsOrder } = this.chosen;
        Object.assign(this.state, { isSending: true, problem: "" });
        try {
            const answer = await askOdoo(this.orm, "smartcash.operation", "resolve", [
                uuid,
                resolution,
                reason.trim(),
                needsOrder ? Number(orderId) : null,
            ]);
            if (answer.refused) {
                this.state.problem = answer.refused.message;
                return;
            }
        } catch (error) {
            this.state.problem = this._explain(error);
            return;
        } finally {
            this.state.isSending = false;
        }
        Object.assign(this.state, { uuid: null, resolution: null });
        this.props.onDecided();
    }

    _explain(error) {
        return error instanceof LedgerUnreachable
            ? _t("Odoo did not answer. Check the network, then try again.")
            : error.message;
    }
}
