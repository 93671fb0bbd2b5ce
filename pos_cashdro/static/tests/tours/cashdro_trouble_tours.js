/** @odoo-module */

import { registry } from "@web/core/registry";
import * as PaymentScreen from "@point_of_sale/../tests/tours/helpers/PaymentScreenTourMethods";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

function tourOfOpenSession(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () => [...steps, Machine.everythingIsReported()].flat(2),
    });
}

function tour(name, ...steps) {
    tourOfOpenSession(name, ProductScreen.confirmOpeningPopup(), ...steps);
}

const pay = (product) => Machine.startPaying(product, "CashDro");

const receipt = () => [...Machine.dialogIsGone(), ...ReceiptScreen.isShown()];

const payRestByCard = (rest) => [
    ...PaymentScreen.remainingIs(rest),
    ...Machine.chooseMethod("Bank"),
    ...PaymentScreen.clickValidate(),
    ...ReceiptScreen.isShown(),
];

const handOver = (amount) => [
    ...Machine.dialogShows("by-hand", amount),
    ...Machine.press("handed-over"),
    ...Machine.dialogIsGone(),
];

// Control off, and nothing inside

tour(
    "CashdroCancelByHand",
    pay("Banquet"),
    Machine.insert(2000),
    Machine.dialogShows("inserted", "20.00"),
    Machine.press("cancel"),
    handOver("20.00"),
    Machine.lineIs("nothing", "35.00")
);

tour("CashdroChangeByHand", pay("Lunch"), Machine.insert(2000), handOver("10.10"), receipt());

tour(
    "CashdroFinalise",
    pay("Lunch"),
    Machine.insert(500),
    Machine.dialogShows("accept", "5.00"),
    Machine.press("accept"),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "5.00"),
    Machine.chooseMethod("CashDro"),
    Machine.send(),
    Machine.insert(200),
    Machine.dialogShows("inserted", "2.00"),
    Machine.pressOnMachine("accept"),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "2.00"),
    payRestByCard("2.90")
);

tour(
    "CashdroPieceRefused",
    Machine.pickProduct("Coffee"),
    Machine.pickProduct("Coffee"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod("CashDro"),
    Machine.send(),
    Machine.insert(1000),
    Machine.dialogShows("dialog__message--warning", "there is no change for it"),
    Machine.insert(500),
    receipt()
);

tour(
    "CashdroNothingPaidOut",
    Machine.startRefund("Lunch", "CashDro"),
    Machine.sendPayout("9.90"),
    Machine.refusalMentions("Nothing was paid"),
    Machine.dialogIsGone(),
    Machine.refusalSays("Ask a manager to add change"),
    Machine.lineIs("nothing", "9.90")
);

// Power

tour(
    "CashdroPowerCutInSale",
    pay("Lunch"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.power(false),
    Machine.dialogIs("lost"),
    Machine.power(true),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "5.00"),
    payRestByCard("4.90")
);

tour(
    "CashdroPowerCutInChange",
    pay("Lunch"),
    Machine.insert(2000),
    Machine.dialogIs("lost"),
    Machine.power(true),
    Machine.dialogIs("by_hand"),
    Machine.press("handed-over"),
    receipt()
);

tour(
    "CashdroForgets",
    pay("Lunch"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.power(false, { keep_memory: false }),
    Machine.dialogIs("lost"),
    Machine.power(true),
    Machine.dialogIs("check"),
    Machine.press("leave-open"),
    Machine.dialogIsGone(),
    Machine.lineIs("check", "9.90")
);

// Answers that get lost, on both sides of Odoo

tour(
    "CashdroReload",
    pay("Lunch"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.run("the page is reloaded", () => window.location.reload(), ".smartcash-dialog"),
    Machine.dialogShows("resumed", "Resumed"),
    Machine.dialogShows("inserted", "5.00"),
    Machine.insert(500),
    receipt()
);

tour(
    "CashdroLostAnswers",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod("CashDro"),
    Machine.breakMachine({ drop_replies: 1, only_on: "startOperation" }),
    Machine.send(),
    Machine.refusalSays("No money moved"),
    Machine.lineIs("nothing", "9.90"),
    Machine.breakMachine({ drop_replies: 1, only_on: "acknowledgeOperationId" }),
    Machine.send(),
    Machine.dialogIs("accepting"),
    Machine.breakMachine({ drop_replies: 2, only_on: "askOperation" }),
    Machine.insert(1000),
    receipt()
);

tour(
    "CashdroCancel",
    pay("Lunch"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.press("cancel"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "9.90")
);

tourOfOpenSession(
    "CashdroBusy",
    pay("Lunch"),
    Machine.refusalMentions("is busy"),
    Machine.refusalSays("Wait until that has ended"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "9.90")
);
