/** @odoo-module */

import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";

/** Odoo's restaurants need not be installed, so their module is looked up when all are loaded. */
const TABLE = "@pos_restaurant/app/floor_screen/table";

/** @returns {number} the table's orders that a machine works for, or has money for */
function openOrders({ pos, props }) {
    return pos
        .getTableOrders(props.table.id)
        .filter((order) => !order.finalized && order.hasMoneyInMachine()).length;
}

const openTable = {
    /** @override Core counts what Odoo has, and what it never had: an order between the two has no badge. */
    get orderCount() {
        return Math.max(super.orderCount, openOrders(this));
    },

    /** @override */
    get orderCountClass() {
        return { ...super.orderCountClass, "smartcash-table-open": openOrders(this) > 0 };
    },
};

let isPatched = false;

registry.category("services").add("smartcash_tables", {
    dependencies: ["pos"],
    start() {
        const Table = odoo.loader.modules.get(TABLE)?.Table;
        if (Table && !isPatched) {
            isPatched = true;
            patch(Table.prototype, openTable);
        }
    },
});
