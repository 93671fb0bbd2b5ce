/** @odoo-module */

import { registry } from "@web/core/registry";
import * as PaymentScreen from "@point_of_sale/../tests/tours/helpers/PaymentScreenTourMethods";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Cash from "@pos_smartcash_terminal/../tests/tours/helpers/cash_tour_methods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as Panel from "@pos_smartcash_terminal/../tests/tours/helpers/panel_tour_methods";

function check(content, trigger) {
    return [{ content, trigger, isCheck: true }];
}

function payLunch() {
    return [
        ...ProductScreen.clickDisplayedProduct("Lunch"),
        { content: "go to payment", trigger: ".product-screen .pay-order-button" },
        ...PaymentScreen.clickPaymentMethod("CashDro"),
        { content: "send", trigger: ".send_payment_request" },
    ];
}

registry.category("web_tour.tours").add("CashdroBrowserSale", {
    test: true,
    steps: () =>
        [
            check("the browser has counted the machine", ".smartcash-count--counted"),
            {
                content: "open the session",
                trigger: '.opening-cash-control .button:contains("Open session"):not(:disabled)',
            },
            payLunch(),
            ReceiptScreen.isShown(),
            tellTheMachine,
        ].flat(2),
});

const tellTheMachine = {
    content: "Odoo has heard of it, and so has the machine",
    trigger: "body",
    run: async () => {
        const { smartcash } = window.posmodel.env.services;
        await smartcash.ledger.flush();
        for (const device of smartcash.devices) {
            await smartcash.driverFor(device)._imports.run();
        }
    },
};

registry.category("web_tour.tours").add("CashdroBrowserServices", {
    test: true,
    steps: () =>
        [
            Cash.machineIsCounted(),
            Cash.openSession(),
            Panel.machineIs("online"),
            Panel.open(),
            Panel.operationIs("no_order"),
            Panel.shows("250.00"),
            Panel.close(),
            Panel.serve("fill"),
            Machine.dialogShows("inserted", "50.00"),
            Machine.press("accept"),
            Machine.dialogIs("paid"),
            Machine.dialogShows("moved", "50.00"),
            Machine.press("close"),
            Machine.dialogIsGone(),
            Panel.serve("empty"),
            Machine.confirmPayout("Give out"),
            Machine.dialogIs("paid"),
            Machine.dialogShows("moved", "50.00"),
            Machine.press("close"),
            Machine.dialogIsGone(),
            Machine.everythingIsReported(),
            check("its cassette has a key: nothing more was asked", "body:not(:has(.popup-error))"),
            tellTheMachine,
        ].flat(2),
});

let unplugged = 0;

/** The machine has 5.00 and then no power; it comes back 15 seconds later. */
registry.category("web_tour.tours").add("CashdroBrowserPowerCut", {
    test: true,
    steps: () =>
        [
            Cash.machineIsCounted(),
            Cash.openSession(),
            payLunch(),
            Machine.dialogShows("inserted", "5.00"),
            Machine.run("the clock starts", () => (unplugged = Date.now()), ".smartcash-dialog"),
            Machine.dialogIs("lost"),
            Machine.dialogShows("lost", "5.00"),
            Machine.dialogShows("put-aside", "Go on with other orders"),
            Machine.run(
                "soon, and only what is known",
                () => {
                    const { textContent } = document.querySelector(".smartcash-dialog");
                    const took = Date.now() - unplugged;
                    Machine.assert(took < 10000, `it took ${took} ms`);
                    Machine.assert(!/giving out|Giving back/.test(textContent), textContent);
                },
                ".smartcash-dialog"
            ),
            Machine.press("put-aside"),
            Machine.dialogIsGone(),
            Panel.countIs(1),
            // It is back, and what it holds is on the order, without anybody pressing a button.
            Machine.lineIs("paid", "5.00"),
            Panel.countIs(0),
            Machine.everythingIsReported(),
            tellTheMachine,
        ].flat(2),
});

registry.category("web_tour.tours").add("CashdroBrowserMachineOff", {
    test: true,
    steps: () =>
        [
            check("the machine cannot be counted", ".smartcash-count__problem"),
            check("and why", '.smartcash-count__problem:contains("does not answer")'),
        ].flat(2),
});

registry.category("web_tour.tours").add("CashdroConnectionTest", {
    test: true,
    steps: () => [
        {
            content: "test the connection from the device form",
            trigger: ".o_smartcash_cashdro_test button",
        },
        ...check("the verdict", '.o_smartcash_cashdro_test .o_smartcash_verdict[data-code="ok"]'),
        ...check("the test is over", ".o_smartcash_cashdro_test button:not(:disabled)"),
    ],
});
