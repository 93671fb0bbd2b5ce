/** @odoo-module */

import { PosStore } from "@point_of_sale/app/store/pos_store";
import { patch } from "@web/core/utils/patch";

import { cashMachineOf } from "@pos_smartcash_terminal/app/cash_control/cash_machine";
import { allowedCashMoves } from "@pos_smartcash_terminal/app/cash_control/cash_move";

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

    /** @override Odoo answers: what the ledger has not heard yet goes there now. */
    async _flush_orders() {
        const serverIds = await super._flush_orders(...arguments);
        this.env.services.smartcash?.ledger.flush();
        return serverIds;
    },

    /** @override What the till has not told yet would look like money without an owner. */
    async getClosePosInfo() {
        if (cashMachineOf(this)) {
            await this.push_orders_with_closing_popup();
            await this.env.services.smartcash.ledger.flush();
        }
        return super.getClosePosInfo(...arguments);
    },
});
