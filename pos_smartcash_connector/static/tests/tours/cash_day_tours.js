/** @odoo-module */

import { registry } from "@web/core/registry";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Cash from "@pos_smartcash_terminal/../tests/tours/helpers/cash_tour_methods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as Panel from "@pos_smartcash_terminal/../tests/tours/helpers/panel_tour_methods";

/** Whole days at a till, from the opening to the closing; the tests look at the books. */

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, { test: true, steps: () => steps.flat(3) });
}

/** The customer's last piece is in; the receipt comes by itself. */
const nextOrder = () => [
    ...Machine.dialogIsGone(),
    ...ReceiptScreen.isShown(),
    ...ReceiptScreen.clickNextOrder(),
];

const sell = (product, note) => [
    ...Machine.startPaying(product, "Cashlogy"),
    ...Machine.insert(note),
    ...nextOrder(),
];

/**
 * The same day in any currency. Pieces in minor units, amounts as they are typed and shown.
 *
 * @param {string} name of the tour
 * @param {Object} day
 */
function dayWithTheMachine(name, day) {
    tour(
        name,
        Cash.totalIs(day.opening),
        Cash.popupShows("difference", "more than expected"),
        Cash.handIs(day.nothing),
        Cash.openSession(),
        Cash.watchPrinter(),
        sell("Lunch", day.note),
        Cash.fillCashMove("in", day.deposit.amount, "Change from the bank"),
        Cash.confirmCashMove(),
        Machine.dialogShows("due", day.deposit.amount),
        Machine.insert(day.deposit.first),
        Machine.dialogShows("remaining", day.deposit.remaining),
        day.deposit.rest.map((piece) => Machine.insert(piece)),
        Machine.dialogEnded("paid", day.deposit.amount),
        Cash.printed(`in ${day.deposit.amount}`),
        Cash.fillCashMove("in", "", "What was in the old drawer"),
        Cash.popupShows("open-deposit"),
        Cash.confirmCashMove(),
        day.drawer.pieces.map((piece) => Machine.insert(piece)),
        Machine.dialogShows("inserted", day.drawer.amount),
        Machine.press("accept"),
        Machine.dialogEnded("paid", day.drawer.amount),
        Cash.printed(`in ${day.drawer.amount}`),
        Cash.fillCashMove("out", "", "Nothing"),
        Cash.cashMoveIsNotPossible(),
        Cash.discardCashMove(),
        Cash.fillCashMove("out", day.baker, "Baker"),
        Cash.confirmCashMove(),
        Machine.dialogEnded("paid", day.baker),
        Cash.printed(`out ${day.baker}`),
        Machine.startRefund("Coffee", "Cashlogy"),
        Machine.sendPayout(),
        nextOrder(),
        Cash.startClosing(),
        Cash.machineIsCounted(),
        Object.entries(day.parts).map(([part, amount]) => Cash.popupShows(`part-${part}`, amount)),
        Cash.popupShows("difference", "As expected"),
        Cash.finishClosing()
    );
}

dayWithTheMachine("SmartcashDay", {
    opening: "866.94",
    nothing: "0.00",
    note: 2000,
    deposit: { amount: "50.00", first: 2000, remaining: "30.00", rest: [1000, 1000, 1000] },
    drawer: { amount: "7.00", pieces: [500, 100, 100] },
    baker: "30.00",
    parts: {
        salesIn: "20.00",
        change: "-10.10",
        refunds: "-2.50",
        cashIn: "57.00",
        cashOut: "-30.00",
    },
});

dayWithTheMachine("SmartcashDayOfThreeDecimals", {
    opening: "45.290",
    nothing: "0.000",
    note: 5000,
    deposit: { amount: "12.500", first: 10000, remaining: "2.500", rest: [1000, 1000, 500] },
    drawer: { amount: "0.735", pieces: [500, 100, 100, 20, 10, 5] },
    baker: "7.335",
    parts: {
        salesIn: "5.000",
        change: "-2.125",
        refunds: "-0.745",
        cashIn: "13.235",
        cashOut: "-7.335",
    },
});

const cashMoveByHand = (kind, amount, reason) => [
    ...Cash.fillCashMove(kind, amount, reason),
    ...Cash.cashMoveByHand(),
    ...Cash.printed(`${kind} ${amount}`),
];

tour(
    "SmartcashDayByHand",
    Cash.enterTotal("100", "Switched off"),
    Cash.typeHand("50"),
    Cash.popupShows("counted", "150.00"),
    Cash.openSession(),
    Cash.watchPrinter(),
    Machine.pickProduct("Lunch"),
    { content: "go to payment", trigger: ".product-screen .pay-order-button" },
    Machine.chooseMethod("Cashlogy"),
    Panel.takeOnLine(),
    Panel.takeShows("9.90"),
    Panel.pressInTake("confirm"),
    nextOrder(),
    cashMoveByHand("in", "20.00", "Small change for the drawer"),
    cashMoveByHand("out", "30.00", "Baker"),
    Machine.startRefund("Coffee", "Cashlogy"),
    Panel.takeOnLine(),
    Panel.takeShows("2.50"),
    Panel.pressInTake("confirm"),
    Panel.takeSays("Booked"),
    Panel.pressInTake("confirm"),
    nextOrder(),
    Cash.startClosing(),
    Cash.enterTotal("100", "Still switched off"),
    Cash.handIs("47.40"),
    Cash.popupShows("part-byHand", "-2.60"),
    Cash.popupShows("difference", "As expected"),
    Cash.finishClosing()
);

const closeBesides = (...others) => [
    ...Cash.startClosing(),
    ...Cash.machineIsCounted(),
    ...others.flatMap((other) => Cash.popupShows("shared", other)),
    ...Cash.popupShows("difference", "As expected"),
    ...Cash.finishClosing(),
];

tour(
    "SmartcashSharedOpens",
    Cash.machineIsCounted(),
    Cash.openSession(),
    sell("Lunch", 2000),
    Machine.everythingIsReported()
);
tour(
    "SmartcashSharedOpensAndCloses",
    Cash.machineIsCounted(),
    Cash.openSession(),
    sell("Lunch", 2000),
    closeBesides("Also working with this machine")
);
tour("SmartcashSharedCloses", sell("Coffee", 500), closeBesides("Also working with this machine"));
tour("SmartcashSharedOnlyCloses", closeBesides("Part of this Point of Sale"));
tour("SmartcashSharedClosesLast", sell("Coffee", 500), closeBesides("Part of this Point of Sale"));
