/** @odoo-module */

import { registry } from "@web/core/registry";
import * as PaymentScreen from "@point_of_sale/../tests/tours/helpers/PaymentScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Cash from "@pos_smartcash_terminal/../tests/tours/helpers/cash_tour_methods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

/** The maker's basic homologation, row by row, in one session from its opening to its closing. */

const next = () => [
    ...Machine.dialogIsGone(),
    ...ReceiptScreen.isShown(),
    ...ReceiptScreen.clickNextOrder(),
    ...Machine.takeFromTray(),
];

const start = (price, quantity) => [
    ...Machine.pickProduct("Lunch"),
    ...Machine.run(`price ${price}, quantity ${quantity}`, () => {
        const line = window.posmodel.get_order().get_selected_orderline();
        line.set_quantity(quantity, "keep the price");
        line.set_unit_price(price);
    }),
    { content: "go to payment", trigger: ".product-screen .pay-order-button" },
    ...Machine.chooseMethod("CashDro"),
    ...Machine.send(),
];

const insert = (pieces) => pieces.flatMap((piece) => Machine.insert(piece));

const sale = (price, pieces) => [...start(price, 1), ...insert(pieces), ...next()];

/** `given`: what the button says, as the machine rounds it. */
const payout = (price, given) => [
    ...start(price, -1),
    ...Machine.confirmPayout(`Give out ${given}`),
    ...next(),
];

registry.category("web_tour.tours").add("CashdroHomologation", {
    test: true,
    steps: () =>
        [
            Cash.totalIs("107.40"),
            Cash.openSession(),
            sale(0.01, []),
            sale(0.03, [2]),
            start(10, 1),
            insert([500]),
            Machine.dialogShows("inserted", "5.00"),
            Machine.press("cancel"),
            Machine.dialogIsGone(),
            Machine.lineIs("nothing", "10.00"),
            PaymentScreen.clickPaymentlineDelButton("CashDro", "10.00"),
            Machine.chooseMethod("Bank"),
            PaymentScreen.clickValidate(),
            next(),
            sale(1.01, [100]),
            sale(1.03, [100, 2]),
            sale(1.03, [2, 2, 100]),
            sale(1.97, [200]),
            sale(10.01, [100, 1000]),
            sale(3, [200, 100]),
            sale(10, [1000]),
            sale(12.5, [1000, 200, 50]),
            sale(5, [2000]),
            payout(5.01, "5.02"),
            payout(12.03, "12.04"),
            // Who takes cash out says an amount that the machine can pay.
            Cash.fillCashMove("out", "4.99", "Window cleaner"),
            Cash.cashMoveProblem("4.98"),
            Cash.changeCashMoveAmount("5.00"),
            Cash.confirmCashMove(),
            Machine.dialogEnded("paid", "5.00"),
            Machine.takeFromTray(),
            payout(0.01, "0.02"),
            payout(0.03, "0.04"),
            Cash.startClosing(),
            Cash.machineIsCounted(),
            Cash.popupShows("difference", "As expected"),
            Cash.finishClosing(),
        ].flat(2),
});
