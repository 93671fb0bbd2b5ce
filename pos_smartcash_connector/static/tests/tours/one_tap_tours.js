/** @odoo-module */

import { registry } from "@web/core/registry";
import * as PaymentScreen from "@point_of_sale/../tests/tours/helpers/PaymentScreenTourMethods";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
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

const METHOD = "Cashlogy";

tour("SmartcashOneTap", OneTap.paidInTwoTaps("Lunch", METHOD, Machine.insert(2000)));

tour("SmartcashOneTapTwice", OneTap.paidWithDoubleTap("Lunch", METHOD, Machine.insert(1000)));

tour(
    "SmartcashOneTapRetry",
    Machine.pickProduct("Lunch"),
    OneTap.goToPayment(),
    Machine.chooseMethod(METHOD),
    Machine.insert(200),
    Machine.dialogShows("inserted", "2.00"),
    Machine.press("cancel"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "9.90"),
    OneTap.tapsAre(3),
    Machine.send(),
    Machine.dialogShows("inserted", "0.00"),
    Machine.press("cancel"),
    Machine.dialogIsGone(),
    // The method's own button does the same.
    Machine.chooseMethod(METHOD),
    Machine.insert(1000),
    OneTap.receipt(6)
);

tour(
    "SmartcashOneTapPart",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    // Core allows the amount first: it makes the line of the first method.
    PaymentScreen.pressNumpad("4"),
    Machine.lineIs("pending", "4.00"),
    OneTap.nothingIsOpen(),
    Machine.chooseMethod(METHOD),
    OneTap.linesAre(METHOD),
    Machine.dialogShows("due", "4.00"),
    Machine.insert(200, 2),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "4.00"),
    // What is still due: a second line of the same method, and again one tap.
    Machine.chooseMethod(METHOD),
    Machine.dialogShows("due", "5.90"),
    Machine.insert(500),
    Machine.press("accept"),
    Machine.dialogIsGone(),
    PaymentScreen.remainingIs("0.90"),
    Machine.chooseMethod("Bank"),
    PaymentScreen.clickValidate(),
    Machine.dialogIsGone(),
    Machine.receiptShows("Inserted")
);

tour("SmartcashOneTapRefund", [
    ...OneTap.refundWaits("Lunch", METHOD),
    ...Machine.sendPayout("9.90"),
    ...Machine.receiptShows("Paid out"),
]);

tour(
    "SmartcashOneTapReload",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod(METHOD),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.run("the page is reloaded", () => window.location.reload(), ".smartcash-dialog"),
    Machine.dialogShows("resumed", "Resumed"),
    Machine.insert(500),
    Machine.dialogIsGone(),
    Machine.receiptShows("Inserted")
);

tourOfOpenSession(
    "SmartcashOneTapMachineOff",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod(METHOD),
    Machine.refusalSays("switched on"),
    Machine.lineIs("nothing", "9.90"),
    OneTap.linesAre(METHOD),
    // Its line is in the way of no other method.
    PaymentScreen.clickPaymentlineDelButton(METHOD, "9.90"),
    Machine.chooseMethod("Bank"),
    PaymentScreen.clickValidate()
);

const onlyMethod = () => [
    ...Machine.lineIs("pending", "9.90"),
    ...OneTap.nothingIsOpen(),
    ...OneTap.linesAre(METHOD),
];

tour(
    "SmartcashOneTapOnlyMethod",
    Machine.pickProduct("Lunch"),
    OneTap.goToPayment(),
    // Core has made the line: nobody has chosen anything, and nothing may start by looking in.
    onlyMethod(),
    Machine.chooseMethod(METHOD),
    Machine.insert(1000),
    OneTap.receipt(2)
);

const nothingStarts = () =>
    Machine.run("nothing starts", async () => {
        // A start would be on its way by now, and show its dialog.
        await new Promise((resolve) => setTimeout(resolve, 300));
        Machine.assert(!document.querySelector(".smartcash-dialog"), "it started by itself");
    });

tour(
    "SmartcashOneTapNothingDue",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod("Bank"),
    // All is paid already: its line is worth nothing, as core's rules say.
    Machine.chooseMethod(METHOD),
    Machine.lineIs("pending", "0.00"),
    nothingStarts(),
    OneTap.nothingIsOpen(),
    PaymentScreen.clickValidate()
);

/** Nothing of it is behind something else, or outside the window. */
const inSight = (trigger) =>
    Machine.run(
        `${trigger} is in sight`,
        async () => {
            const isSeen = () => {
                const element = document.querySelector(trigger);
                const { left, right, top, bottom } = element.getBoundingClientRect();
                const corners = [left + 8, right - 8].flatMap((x) => [
                    [x, top + 8],
                    [x, bottom - 8],
                ]);
                return corners.every(([x, y]) => element.contains(document.elementFromPoint(x, y)));
            };
            await Machine.until(`${trigger} is in sight`, isSeen);
        },
        trigger
    );

const pressTab = (isBackwards = false) =>
    Machine.run(
        "Tab",
        () => {
            const event = new KeyboardEvent("keydown", {
                key: "Tab",
                shiftKey: isBackwards,
                bubbles: true,
                cancelable: true,
            });
            document.activeElement.dispatchEvent(event);
            Machine.assert(event.defaultPrevented, "the browser moves the focus by itself");
        },
        "body"
    );

const focusIs = (trigger) =>
    Machine.run(
        `the focus is on ${trigger}`,
        async () => {
            await Machine.until(`the focus is on ${trigger}`, () =>
                document.activeElement.matches(trigger)
            );
        },
        "body"
    );

tour(
    "SmartcashLowScreen",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod(METHOD),
    Machine.lineIs("pending", "9.90"),
    inSight(".smartcash-line .send_payment_request"),
    Machine.send(),
    Machine.insert(200),
    Machine.dialogShows("inserted", "2.00"),
    inSight(".smartcash-dialog .smartcash-cancel"),
    inSight(".smartcash-dialog .smartcash-accept"),
    inSight(".smartcash-dialog .smartcash-bar[aria-label]"),
    // The dialog begins with the focus, and Tab goes round in it.
    focusIs(".smartcash-dialog"),
    pressTab(),
    focusIs(".smartcash-cancel"),
    pressTab(),
    focusIs(".smartcash-accept"),
    pressTab(),
    focusIs(".smartcash-cancel"),
    pressTab(true),
    focusIs(".smartcash-accept"),
    Machine.press("cancel"),
    Machine.dialogIsGone(),
    Machine.notificationSays("Given back"),
    inSight(".smartcash-line .send_payment_request"),
    { content: "open the panel", trigger: ".smartcash-button" },
    focusIs(".smartcash-panel"),
    pressTab(),
    focusIs(".smartcash-panel-close"),
    pressTab(true),
    focusIs(".smartcash-panel *"),
    { content: "close the panel", trigger: ".smartcash-panel-close" },
    Machine.send(),
    Machine.insert(1000),
    Machine.dialogIsGone(),
    // What the customer takes out is read from a metre away.
    inSight(".receipt-screen .smartcash-change-given b"),
    Machine.run("the change is large", () => {
        const change = document.querySelector(".smartcash-change-given b");
        Machine.assert(change.innerText.includes("0.10"), change.innerText);
        const size = Number.parseFloat(getComputedStyle(change).fontSize);
        Machine.assert(size >= 40, `${size} px`);
    }),
    Machine.receiptShows("Change given")
);
