/** @odoo-module */

import { registry } from "@web/core/registry";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Cash from "@pos_smartcash_terminal/../tests/tours/helpers/cash_tour_methods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as OneTap from "@pos_smartcash_terminal/../tests/tours/helpers/one_tap_tour_methods";

function tourOfOpenSession(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () => [...steps, Machine.everythingIsReported()].flat(2),
    });
}

function tour(name, ...steps) {
    tourOfOpenSession(name, ProductScreen.confirmOpeningPopup(), ...steps);
}

const sell = (product, piece) => [
    ...Machine.startPaying(product, "CashDro"),
    ...Machine.insert(piece),
    ...Machine.dialogIsGone(),
    ...ReceiptScreen.isShown(),
];

tour(
    "CashdroChange",
    sell("Lunch", 2000),
    Machine.receiptShows("20.00"),
    Machine.receiptShows("10.10")
);

tour("CashdroOneTap", OneTap.paidInTwoTaps("Lunch", "CashDro", Machine.insert(2000)));

tour("CashdroOneTapTwice", OneTap.paidWithDoubleTap("Lunch", "CashDro", Machine.insert(1000)));

tour("CashdroOneTapRefund", [
    ...OneTap.refundWaits("Lunch", "CashDro"),
    ...Machine.sendPayout("9.90"),
    ...Machine.receiptShows("Paid out"),
]);

// Two cashiers, two machines, one session.

const NAMES = ["CashDro", "CashDro 2"];

tourOfOpenSession(
    "CashdroFirstCashier",
    NAMES.map((name) => Cash.machineIsCounted(name)),
    Cash.openSession(),
    sell("Lunch", 1000)
);

tourOfOpenSession(
    "CashdroSecondCashier",
    sell("Coffee", 500),
    ReceiptScreen.clickNextOrder(),
    Machine.everythingIsReported(),
    Cash.startClosing(),
    NAMES.map((name) => [
        ...Cash.machineIsCounted(name),
        ...Cash.machineCountShows(name, "As expected"),
    ]),
    Cash.popupShows("part-salesIn", "15.00"),
    Cash.popupShows("difference", "As expected")
);

tourOfOpenSession(
    "CashdroOneMachineOff",
    Cash.startClosing(),
    Cash.machineIsCounted("CashDro"),
    Cash.popupShows("count__name", "CashDro 2"),
    Cash.enterTotal("500", "Switched off", "CashDro 2"),
    Cash.machineCountShows("CashDro 2", "missing"),
    Cash.machineCountShows("CashDro", "As expected"),
    Cash.discardClosing()
);

registry.category("web_tour.tours").add("CashdroCloseBoth", {
    test: true,
    steps: () =>
        [
            Cash.startClosing(),
            NAMES.map((name) => Cash.machineIsCounted(name)),
            Cash.finishClosing(),
        ].flat(2),
});
