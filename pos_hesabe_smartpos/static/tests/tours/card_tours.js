/** @odoo-module */

import { registry } from "@web/core/registry";
import * as PaymentScreen from "@point_of_sale/../tests/tours/helpers/PaymentScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as OneTap from "@pos_smartcash_terminal/../tests/tours/helpers/one_tap_tour_methods";
import * as Terminal from "./helpers/terminal_tour_methods";

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () => [...steps, Machine.everythingIsReported()].flat(2),
    });
}

const receipt = () => [...Machine.dialogIsGone(), ...ReceiptScreen.isShown()];

const payOtherwise = () => [
    ...Machine.chooseMethod("Bank"),
    ...PaymentScreen.clickValidate(),
    ...ReceiptScreen.isShown(),
];

const stopWaiting = () => [
    ...Machine.press("cancel"),
    ...Machine.dialogShows("first-cancel", "First cancel on the terminal"),
    ...Machine.press("stop"),
    ...Machine.dialogIsGone(),
];

tour(
    "HesabePaid",
    Machine.startPaying("Dates", "KNET"),
    Machine.dialogShows("due", "1.255"),
    Machine.dialogShows("present", "Present the card on Counter 1"),
    Terminal.at("pay"),
    receipt(),
    Machine.receiptShows("KNET"),
    Machine.receiptShows("0001"),
    Machine.receiptShows("Authorisation code"),
    Machine.receiptShows("Reference (RRN)"),
    Machine.receiptShows("29708454")
);

tour(
    "HesabeStaysOnPaymentScreen",
    Machine.startPaying("Dates", "KNET"),
    Terminal.paySeeing("VISA ····1019 · auth. ", { brand: "VISA" }),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "1.255"),
    // No cash at this POS: core would set the line to zero when more is typed than is due.
    PaymentScreen.pressNumpad("9 9"),
    Machine.lineIs("paid", "1.255"),
    PaymentScreen.clickValidate(),
    ReceiptScreen.isShown()
);

tour(
    "HesabeDeclinedThenRetried",
    Machine.startPaying("Dates", "KNET"),
    Terminal.at("decline", { reason: "Insufficient funds" }),
    Machine.refusalSays("Declined: Insufficient funds"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "1.255"),
    Machine.send(),
    Terminal.at("pay"),
    receipt()
);

tour(
    "HesabeCancelledAtTerminal",
    Machine.startPaying("Dates", "KNET"),
    Terminal.at("cancel"),
    Machine.refusalSays("Cancelled on the terminal"),
    Machine.lineIs("nothing", "1.255"),
    Machine.send(),
    Terminal.at("expire"),
    Machine.refusalSays("No card was presented in time"),
    Machine.lineIs("nothing", "1.255"),
    PaymentScreen.clickPaymentlineDelButton("KNET", "1.255"),
    payOtherwise()
);

tour(
    "HesabeStopWaiting",
    Machine.startPaying("Dates", "KNET"),
    Machine.dialogIs("accepting"),
    Machine.press("cancel"),
    // A scanner must not answer for the cashier.
    Machine.type("Enter", "Escape"),
    Machine.dialogShows("first-cancel", "Cancel the payment on Counter 1"),
    Machine.press("go-on"),
    stopWaiting(),
    Machine.lineIs("nothing", "1.255"),
    PaymentScreen.clickPaymentlineDelButton("KNET", "1.255"),
    payOtherwise()
);

tour(
    "HesabePaidWhileAsked",
    Machine.startPaying("Dates", "KNET"),
    Machine.dialogIs("accepting"),
    Machine.press("cancel"),
    Machine.dialogShows("first-cancel", "First cancel on the terminal"),
    Terminal.at("pay"),
    receipt()
);

tour(
    "HesabeResend",
    Machine.startPaying("Dates", "KNET"),
    Machine.dialogIs("accepting"),
    Machine.press("resend"),
    Machine.dialogShows("resent", "look at the terminal"),
    Machine.dialogIs("accepting:has(.smartcash-resend)"),
    Terminal.at("pay"),
    receipt()
);

tour(
    "HesabeReload",
    Machine.startPaying("Dates", "KNET"),
    Machine.dialogIs("accepting"),
    Machine.run("the page is reloaded", () => window.location.reload(), ".smartcash-dialog"),
    Machine.dialogShows("resumed", "Resumed"),
    Terminal.at("pay"),
    receipt()
);

tour(
    "HesabeLostAnswers",
    Machine.startPaying("Dates", "KNET"),
    Machine.dialogIs("accepting"),
    Machine.breakMachine({ on: "detail", server_error: 6 }),
    Machine.dialogShows("lost", "No connection to the terminal"),
    Machine.dialogIs("accepting"),
    Terminal.at("pay"),
    receipt()
);

tour(
    "HesabeHint",
    Machine.startPaying("Dates", "KNET"),
    Terminal.at("pay"),
    Machine.run("Odoo's bus passes a hint on", () => {
        const { services } = window.posmodel.env;
        const [uuid] = Object.keys(services.smartcash.state.payments);
        const hint = { type: "SMARTCASH_OPERATION", payload: { uuid } };
        services.bus_service.trigger("notification", [hint]);
    }),
    receipt()
);

tour(
    "HesabeTwoTerminals",
    Machine.startPaying("Dates", "KNET"),
    Machine.dialogShows("present", "Present the card on Counter 2"),
    Terminal.at("pay", { terminal: Terminal.COUNTER_1 }),
    Machine.isPolled(2),
    Machine.dialogIs("accepting"),
    Terminal.at("pay", { terminal: Terminal.COUNTER_2 }),
    receipt()
);

tour(
    "HesabeTroubledDay",
    Machine.breakMachine({ on: "login", server_error: 9 }),
    Machine.startPaying("Dates", "KNET"),
    Machine.refusalSays("Nothing was charged"),
    Machine.breakMachine({ on: "login", server_error: 0 }),
    Machine.send(),
    Terminal.at("decline"),
    Machine.refusalSays("Declined"),
    Machine.send(),
    Machine.dialogIs("accepting"),
    Machine.breakMachine({ on: "detail", garbage: 4, unauthorized: 1 }),
    Machine.dialogIs("lost"),
    Machine.dialogIs("accepting"),
    Terminal.at("pay"),
    receipt()
);

tour(
    "HesabeArabic",
    Machine.startPaying("Dates", "KNET"),
    Machine.dialogShows("present", "قرّب البطاقة من الجهاز Counter 1"),
    Terminal.dialogIsArabic(),
    Machine.press("cancel"),
    Machine.dialogShows("first-cancel", "ألغِ العملية على جهاز الدفع أولًا"),
    Terminal.dialogIsArabic(),
    Machine.press("go-on"),
    Terminal.at("decline", { reason: "" }),
    Machine.refusalSays("مرفوضة"),
    Machine.lineIs("nothing", ""),
    Machine.send(),
    Terminal.paySeeing("تفويض"),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", ""),
    PaymentScreen.clickValidate(),
    ReceiptScreen.isShown(),
    Machine.receiptShows("رمز التفويض"),
    Machine.receiptShows("الرقم المرجعي")
);

tour("HesabeOneTap", OneTap.paidInTwoTaps("Dates", "KNET", Terminal.at("pay")));

tour("HesabeOneTapTwice", OneTap.paidWithDoubleTap("Dates", "KNET", Terminal.at("pay")));

tour(
    "HesabeOneTapRetry",
    Machine.pickProduct("Dates"),
    OneTap.goToPayment(),
    Machine.chooseMethod("KNET"),
    Terminal.at("decline", { reason: "Insufficient funds" }),
    Machine.refusalSays("Declined: Insufficient funds"),
    Machine.lineIs("nothing", "1.255"),
    OneTap.tapsAre(3),
    Machine.send(),
    Terminal.at("pay"),
    OneTap.receipt(4)
);

tour("HesabeOneTapRefund", OneTap.refundWaits("Dates", "KNET"));
