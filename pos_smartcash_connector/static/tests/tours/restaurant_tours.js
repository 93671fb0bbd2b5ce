/** @odoo-module */

import { registry } from "@web/core/registry";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

/** Tables: Odoo's restaurants save orders as drafts, and build them anew from there. */
function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () => [...steps, Machine.everythingIsReported()].flat(2),
    });
}

const pos = () => window.posmodel;
const order = () => pos().get_order();
const machineLines = () =>
    order()
        .get_paymentlines()
        .filter((line) => line.smartcash_uuid);

function tapTable(name) {
    return [
        {
            content: `tap table ${name}`,
            trigger: `.floor-map .table .label:contains("${name}")`,
        },
        { content: "its order is shown", trigger: ".pos .product-screen", isCheck: true },
    ];
}

function backToTheTables() {
    return [
        ...Machine.run("back to the tables", () => {
            pos().showScreen("FloorScreen", { floor: pos().table?.floor });
        }),
        { content: "the tables are shown", trigger: ".floor-map .table", isCheck: true },
    ];
}

/** Whatever core has heard of the table's orders. */
function tableIsOpen(isOpen, orderCount) {
    return [
        ...Machine.run(`core counts ${orderCount} orders`, () => {
            Object.values(pos().tables_by_id).forEach((table) =>
                Object.assign(table, { order_count: orderCount, changes_count: 0, skip_changes: 0 })
            );
        }),
        {
            content: `the table ${isOpen ? "says" : "does not say"} that a machine has its money`,
            trigger: `.floor-map .table${isOpen ? ":has" : ":not(:has"}(.order-count.smartcash-table-open:not(.d-none)${isOpen ? "" : ")"}) .label:contains("T1")`,
            isCheck: true,
        },
    ];
}

function saveTheTable() {
    return [
        ...backToTheTables(),
        {
            content: "Odoo has a draft of it, and the table shows it",
            trigger: '.floor-map .table .order-count:contains("1")',
            isCheck: true,
        },
        ...Machine.run("it has a number in Odoo", () => {
            Machine.assert(
                pos().orders.every((one) => one.server_id),
                "the order was not saved as a draft"
            );
        }),
    ];
}

tour(
    "SmartcashTablePaidAfterReload",
    tapTable("T1"),
    Machine.pickProduct("Lunch"),
    saveTheTable(),
    tapTable("T1"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod("Cashlogy"),
    Machine.send(),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.run("the page is reloaded", () => window.location.reload(), ".smartcash-dialog"),
    Machine.dialogShows("resumed", "Resumed"),
    Machine.insert(500),
    Machine.dialogIsGone(),
    [{ content: "tap the table", trigger: '.floor-map .table .label:contains("T1")' }],
    // The payment is there, so the order closes by itself.
    Machine.receiptShows("9.90"),
    Machine.run("it is there once", () => {
        const paid = machineLines().map(({ amount, payment_status }) => [amount, payment_status]);
        Machine.assert(JSON.stringify(paid) === '[[9.9,"done"]]', JSON.stringify(paid));
        Machine.assert(pos().orders.length === 1, `${pos().orders.length} orders`);
    })
);

tour(
    "SmartcashTableTappedMeanwhile",
    tapTable("T1"),
    Machine.pickProduct("Lunch"),
    saveTheTable(),
    tableIsOpen(false, 1),
    tapTable("T1"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod("Cashlogy"),
    Machine.send(),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    backToTheTables(),
    tableIsOpen(true, 0),
    tableIsOpen(true, 2),
    Machine.run("the table's orders are pulled while the machine works", async () => {
        await pos().setTable(Object.values(pos().tables_by_id).find(({ name }) => name === "T1"));
        Machine.assert(machineLines().length === 1, "the running line is gone");
        Machine.assert(pos().orders.length === 1, `${pos().orders.length} orders`);
        pos().showScreen("PaymentScreen");
    }),
    Machine.run("its bill cannot be split any more", () => pos().showScreen("SplitBillScreen")),
    Machine.refusalSays("A machine has money for it"),
    Machine.insert(500),
    Machine.receiptShows("9.90")
);
