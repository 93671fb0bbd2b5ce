/** @odoo-module */

import { PosStore } from "@point_of_sale/app/store/pos_store";
import { patch } from "@web/core/utils/patch";

patch(PosStore.prototype, {
    /** @override Odoo answers: what the ledger has not heard yet goes there now. */
    async _flush_orders() {
        const serverIds = await super._flush_orders(...arguments);
        this.env.services.smartcash?.ledger.flush();
        return serverIds;
    },
});
