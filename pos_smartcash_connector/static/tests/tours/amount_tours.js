/** @odoo-module */

import { registry } from "@web/core/registry";
import * as Cash from "@pos_smartcash_terminal/../tests/tours/helpers/cash_tour_methods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as Panel from "@pos_smartcash_terminal/../tests/tours/helpers/panel_tour_methods";

/** Money leaves the machine when somebody has touched a button that says how much, and only then. */

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, { test: true, steps: () => steps.flat(3) });
}

const open = () => [Cash.machineIsCounted(), Cash.openSession()];

/** As long as a start would take: the machine's dialog is up in a few milliseconds. */
const nothingStarts = () =>
    Machine.run("nothing starts", async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        const { state } = window.posmodel.env.services.smartcash;
        Machine.assert(Object.keys(state.payments).length === 0, "something was started");
        Machine.assert(!document.querySelector(".smartcash-dialog"), "the machine works");
    });

tour(
    "SmartcashAmountSpanish",
    Cash.machineIsCounted(),
    Cash.typeHand("1.234"),
    Cash.amountProblem("dos importes"),
    Cash.cannotOpenSession(),
    Cash.typeHand("12.50"),
    Cash.popupShows("counted", "879,44"),
    Cash.openSession(),
    Cash.watchPrinter(),
    Cash.fillCashMove("out", "12.50", "Baker"),
    Cash.cashMoveButtonSays("Entregar 12,50"),
    Cash.scanCashMoveAmount("12.50"),
    nothingStarts(),
    Cash.confirmCashMove(),
    Machine.dialogEnded("paid", "12,50"),
    Cash.printed("12,50"),
    Machine.everythingIsReported(),
    Cash.startClosing(),
    Cash.machineIsCounted(),
    Cash.typeHand("1.234"),
    Cash.amountProblem("dos importes"),
    Cash.cannotClose(),
    Cash.typeHand("2.50"),
    Cash.popupShows("difference", "10,00"),
    Cash.typeHand("12.50"),
    Cash.popupShows("difference", "Según lo esperado"),
    Cash.finishClosing()
);

tour(
    "SmartcashAmountScanned",
    open(),
    Cash.fillCashMove("out", "", "Baker"),
    Cash.popupShows("move-limit", "500.00"),
    Cash.cashMoveIsNotPossible(),
    // Fills the field, and that is all; the barcode of a product is none at all.
    Cash.scanCashMoveAmount("123"),
    Cash.cashMoveButtonSays("Give out 123.00"),
    nothingStarts(),
    Cash.enterOnCashMoveButton(),
    nothingStarts(),
    Cash.scanCashMoveAmount("12345678901234"),
    Cash.cashMoveProblem("too large"),
    Cash.scanCashMoveAmount("4006381333931"),
    Cash.cashMoveProblem("scanned code"),
    Cash.cashMoveIsNotPossible(),
    ["1e2", "NaN", "=5*3", "-5", "5,5,5"].map((garbage) => [
        Cash.typeCashMoveAmount(garbage),
        Cash.cashMoveProblem("not an amount"),
        Cash.cashMoveIsNotPossible(),
    ]),
    Cash.typeCashMoveAmount("500.01"),
    Cash.cashMoveProblem("more than"),
    Cash.cashMoveIsNotPossible(),
    // The button says what will be done, and is pressed once.
    Cash.typeCashMoveAmount("40"),
    Cash.cashMoveButtonSays("Give out 40.00"),
    Cash.typeCashMoveAmount("30"),
    Cash.cashMoveButtonSays("Give out 30.00"),
    Cash.confirmCashMoveTwice(),
    Machine.dialogEnded("paid", "30.00"),
    Machine.everythingIsReported()
);

tour(
    "SmartcashAmountNotInside",
    open(),
    Cash.fillCashMove("out", "866.95", "All of it"),
    Cash.cashMoveProblem("can give out now"),
    Cash.cashMoveProblem("866.94"),
    Cash.cashMoveIsNotPossible(),
    Cash.discardCashMove()
);

tour(
    "SmartcashAmountRefund",
    open(),
    Machine.startRefund("Lunch", "Cashlogy"),
    Machine.sendTwice(),
    Machine.payoutShows("9.90"),
    Machine.run(
        "no key confirms it",
        () => {
            const button = document.querySelector(".smartcash-money-out-confirm");
            Machine.pressKey(document.body, "Enter");
            button.focus();
            Machine.assert(Machine.pressKey(button, "Enter"), "Enter presses the button");
        },
        ".smartcash-money-out-confirm:not(:disabled)"
    ),
    nothingStarts(),
    // Somebody, or a scanner, types on: the line has another amount now, and the button says so.
    Machine.run("the amount changes", () =>
        window.posmodel.get_order().selected_paymentline.set_amount(-4.5)
    ),
    Machine.payoutShows("4.50"),
    Machine.run("no button of an old amount", () =>
        Machine.assert(
            document.querySelector(".smartcash-money-out-confirm").disabled,
            "it can be pressed before it can be read"
        )
    ),
    Machine.confirmPayout("4.50"),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "4.50"),
    Machine.everythingIsReported()
);

tour(
    "SmartcashAmountRefundBack",
    open(),
    Machine.startRefund("Lunch", "Cashlogy"),
    Machine.send(),
    Machine.payoutShows("9.90"),
    { content: "back", trigger: ".smartcash-money-out-back" },
    nothingStarts(),
    Machine.lineIs("pending", "9.90"),
    // By hand it is the same: the amount is on the button.
    Panel.takeOnLine(),
    Panel.typeInPopup("Enter"),
    Panel.takeSays("Book"),
    nothingStarts(),
    Panel.pressInTake("back"),
    Machine.lineIs("pending", "9.90")
);

// A rule's limit, on its form

const limit = ".o_field_widget[name=limit_cash_out]";

const typeLimit = (text) => ({
    content: `limit ${text}`,
    trigger: `${limit} input`,
    run: `text ${text}`,
});

registry.category("web_tour.tours").add("SmartcashAmountOnAForm", {
    test: true,
    steps: () => [
        typeLimit("1.234"),
        {
            content: "the field is marked",
            trigger: `${limit}.o_field_invalid`,
            isCheck: true,
        },
        {
            content: "and it is said why",
            trigger: ".o_notification:contains('dos importes')",
            isCheck: true,
        },
        typeLimit("12.50"),
        {
            content: "what was read is shown",
            trigger: `${limit} input:propValue("12,50")`,
            isCheck: true,
        },
        { content: "save", trigger: ".o_form_button_save" },
        { content: "saved", trigger: ".o_form_saved", isCheck: true },
    ],
});
