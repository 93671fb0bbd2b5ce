/** @odoo-module */

import { PosStore } from "@point_of_sale/app/store/pos_store";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { ErrorPopup } from "@point_of_sale/app/errors/popups/error_popup";

import { cashMachineOf } from "@pos_smartcash_terminal/app/cash_control/cash_machine";
import { allowedCashMoves } from "@pos_smartcash_terminal/app/common/cash_move";
import { smartcashOf } from "@pos_smartcash_terminal/app/common/use_smartcash";

patch(PosStore.prototype, {
    /** @override Who may move a machine's cash is said by its rule, not by a right to invoices. */
    async _processData() {
        await super._processData(...arguments);
        const machine = cashMachineOf(this);
        if (machine) {
            const kinds = allowedCashMoves(machine.smartcash);
            this.config.has_cash_move_permission = kinds.length > 0;
        }
    },

    /** @override An order with machine money that Odoo has not heard of stays here. */
    removeOrder(order) {
        if (!order.finalized && order.hasUnsavedMachineMoney()) {
            return;
        }
        super.removeOrder(...arguments);
    },

    /** @override Each pull of orders begins here: what machines have taken is pushed before. */
    async _removeOrdersFromServer() {
        await this._smartcashPushOrders();
        return super._removeOrdersFromServer(...arguments);
    },

    async _smartcashPushOrders() {
        const isSaved = (order) => order.server_id || this.isOpenOrderShareable();
        const orders = this.orders.filter(
            (order) =>
                !order.finalized &&
                isSaved(order) &&
                order.hasUnsavedMachineMoney() &&
                order.get_paymentlines().every((line) => !line.isHeldByMachine() || line.is_done())
        );
        if (!orders.length) {
            return;
        }
        for (const order of orders) {
            this.ordersToUpdateSet.add(order);
        }
        try {
            await this.sendDraftToServer();
        } catch (error) {
            // They stay here and are pushed next time; the pull says itself when Odoo is away.
            console.warn("SmartCash: orders with machine money could not be saved", error);
        }
    },

    /** @override */
    async _save_to_server(orders) {
        const answer = await super._save_to_server(...arguments);
        const names = new Set(answer.map(({ pos_reference }) => pos_reference));
        for (const { data } of orders || []) {
            if (names.has(data.name)) {
                this._smartcashNoteSaved(data);
            }
        }
        return answer;
    },

    /** @param {Object} json an order as Odoo has it now */
    _smartcashNoteSaved({ uid, statement_ids }) {
        const order = this.orders.find((one) => one.uid === uid && !one.finalized);
        const statusOf = new Map(
            statement_ids.map(([, , line]) => [line.smartcash_uuid, line.payment_status])
        );
        for (const line of order?.get_paymentlines() || []) {
            const status = statusOf.get(line.smartcash_uuid);
            // What runs belongs to the till where it runs, whatever Odoo has heard of it.
            if (line.isHeldByMachine() && (line.is_done() || !status)) {
                line.smartcash_saved = status === "done";
            }
        }
    },

    /** @override Odoo's copies replace the orders here, but none whose money they do not know. */
    _replaceOrders(ordersToReplace, newOrdersJsons) {
        newOrdersJsons.forEach((json) => this._smartcashNoteSaved(json));
        return super._replaceOrders(...arguments);
    },

    /** @override */
    _shouldRemoveOrder(order) {
        return super._shouldRemoveOrder(...arguments) && !order.hasUnsavedMachineMoney();
    },

    /** @override */
    _shouldRemoveSelectedOrder() {
        return (
            super._shouldRemoveSelectedOrder(...arguments) &&
            !this.selectedOrder.hasUnsavedMachineMoney()
        );
    },

    /** @override */
    _shouldCreateOrder(json) {
        const isKept = this.orders.some(
            (order) => order.uid === json.uid && !order.finalized && order.hasUnsavedMachineMoney()
        );
        return !isKept && super._shouldCreateOrder(...arguments);
    },

    /** @override What a machine took was for the whole bill. */
    showScreen(name) {
        const order = this.get_order();
        if (name === "SplitBillScreen" && order?.hasMoneyInMachine()) {
            this.popup.add(ErrorPopup, {
                title: _t("This bill cannot be split any more"),
                body: _t(
                    "A machine has money for it. Take the rest with another payment on the same bill, or finish the machine's payment first."
                ),
            });
            return;
        }
        return super.showScreen(...arguments);
    },

    /**
     * Writes on the session, as whoever is logged in and with the name of who stands at the till: an
     * employee need have no e-mail address, without which Odoo posts nothing.
     */
    async smartcashNote(text) {
        const name = this.get_cashier()?.name || this.user.name;
        await this.orm.call("pos.session", "log_partner_message", [
            this.pos_session.id,
            this.user.partner_id.id,
            `${name}: ${text}`,
            "ACTION_CANCELLED",
        ]);
    },

    /** @override Odoo answers: what the ledger has not heard yet goes there now. */
    async _flush_orders() {
        const serverIds = await super._flush_orders(...arguments);
        smartcashOf(this.env)?.ledger.flush();
        return serverIds;
    },

    /** @override What the till has not told yet would look like money without an owner. */
    async getClosePosInfo() {
        if (cashMachineOf(this)) {
            await this.push_orders_with_closing_popup();
            await smartcashOf(this.env)?.ledger.flush();
        }
        return super.getClosePosInfo(...arguments);
    },
});
