/** @odoo-module */

import { registry } from "@web/core/registry";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as PaymentScreen from "@point_of_sale/../tests/tours/helpers/PaymentScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () =>
            [ProductScreen.confirmOpeningPopup(), ...steps, Machine.everythingIsReported()].flat(2),
    });
}

const payLunch = () => Machine.startPaying("Lunch", "Cashlogy");
const receipt = () => [...Machine.dialogIsGone(), ...ReceiptScreen.isShown()];

tour(
    "SmartcashExact",
    payLunch(),
    Machine.dialogShows("due", "9.90"),
    Machine.dialogShows("remaining", "9.90"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.dialogShows("remaining", "4.90"),
    Machine.insert(200, 2),
    Machine.insert(50),
    Machine.insert(20, 2),
    receipt(),
    Machine.receiptShows("Inserted")
);

tour(
    "SmartcashChange",
    payLunch(),
    Machine.insert(2000),
    receipt(),
    Machine.receiptShows("20.00"),
    Machine.receiptShows("Change given"),
    Machine.receiptShows("10.10")
);

tour(
    "SmartcashSeveralPieces",
    payLunch(),
    Machine.insert(100, 6),
    Machine.dialogShows("inserted", "6.00"),
    Machine.insert(10, 5),
    Machine.dialogShows("inserted", "6.50"),
    Machine.insert(500),
    receipt(),
    Machine.receiptShows("1.60")
);

tour(
    "SmartcashCancelBeforeMoney",
    payLunch(),
    Machine.dialogIs("accepting"),
    Machine.type("Escape", "Enter", "5"),
    Machine.dialogIs("accepting"),
    Machine.press("cancel"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "9.90"),
    PaymentScreen.clickPaymentlineDelButton("Cashlogy", "9.90"),
    Machine.chooseMethod("Bank"),
    PaymentScreen.clickValidate(),
    receipt()
);

tour(
    "SmartcashCancelAfterMoney",
    payLunch(),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.press("cancel"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "9.90")
);

tour(
    "SmartcashRetryAfterCancel",
    payLunch(),
    Machine.insert(200),
    Machine.dialogShows("inserted", "2.00"),
    Machine.press("cancel"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "9.90"),
    Machine.send(),
    Machine.dialogShows("inserted", "0.00"),
    Machine.insert(1000),
    receipt(),
    Machine.receiptShows("0.10")
);

const linesAre = (...methods) =>
    Machine.run(`the lines are ${methods}`, () => {
        const lines = window.posmodel.get_order().get_paymentlines();
        const names = lines.map((line) => line.payment_method.name);
        Machine.assert(names.join() === methods.join(), `the lines are ${names}`);
    });

tour(
    "SmartcashSecondTap",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod("Cashlogy"),
    Machine.chooseMethod("Cashlogy"),
    linesAre("Cashlogy"),
    Machine.send(),
    Machine.dialogIs("accepting"),
    Machine.press("cancel"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "9.90"),
    // Nothing runs on it: neither a tap on the same method nor on another one is in its way.
    Machine.chooseMethod("Cashlogy"),
    linesAre("Cashlogy"),
    Machine.chooseMethod("Bank"),
    linesAre("Cashlogy", "Bank"),
    PaymentScreen.clickPaymentlineDelButton("Bank", "9.90"),
    Machine.chooseMethod("Cashlogy"),
    Machine.send(),
    Machine.insert(1000),
    receipt()
);

tour(
    "SmartcashPartial",
    payLunch(),
    Machine.insert(500),
    Machine.dialogShows("accept", "5.00"),
    Machine.press("accept"),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "5.00"),
    PaymentScreen.remainingIs("4.90"),
    // The machine's part can neither be dropped nor be paid twice.
    Machine.run("the paid line stays", () => {
        const [line] = window.posmodel.get_order().get_paymentlines();
        window.posmodel.get_order().remove_paymentline(line);
        line.set_payment_status("retry");
        Machine.assert(window.posmodel.get_order().get_total_paid() === 5, "5.00 were dropped");
    }),
    Machine.chooseMethod("Bank"),
    // Another line is selected now; this one still says how it stands.
    Machine.lineIs("paid", "5.00"),
    PaymentScreen.clickValidate(),
    receipt()
);

tour(
    "SmartcashStaysOnPaymentScreen",
    payLunch(),
    Machine.insert(1000),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "9.90"),
    PaymentScreen.validateButtonIsHighlighted(),
    PaymentScreen.clickValidate(),
    receipt()
);

tour(
    "SmartcashDoubleClick",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod("Cashlogy"),
    Machine.sendTwice(),
    Machine.insert(1000),
    receipt()
);

tour(
    "SmartcashTwoOrders",
    payLunch(),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    // Other code of the POS may put another order in front at any time.
    Machine.run("another order comes to the front", () => {
        window.smartcashPaidOrder = window.posmodel.get_order().uid;
        window.posmodel.add_new_order();
        window.posmodel.showScreen("ProductScreen");
    }),
    Machine.insert(500),
    Machine.dialogIsGone(),
    Machine.run("the first order is paid, the second one untouched", () => {
        const { orders, get_order } = window.posmodel;
        const first = orders.find((order) => order.uid === window.smartcashPaidOrder);
        Machine.assert(first.get_total_paid() === 9.9, `first: ${first.get_total_paid()}`);
        Machine.assert(
            get_order.call(window.posmodel).get_paymentlines().length === 0,
            "the second order got a line"
        );
    }),
    Machine.startPaying("Coffee", "Cashlogy"),
    Machine.dialogShows("due", "2.50"),
    Machine.insert(500),
    receipt(),
    ReceiptScreen.clickNextOrder(),
    Machine.run("back to the first order", () => {
        const { posmodel } = window;
        posmodel.set_order(
            posmodel.orders.find((order) => order.uid === window.smartcashPaidOrder)
        );
        posmodel.showScreen("PaymentScreen");
    }),
    receipt()
);

tour(
    "SmartcashReload",
    payLunch(),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.run("the page is reloaded", () => window.location.reload(), ".smartcash-dialog"),
    Machine.dialogShows("resumed", "Resumed"),
    Machine.dialogShows("inserted", "5.00"),
    Machine.insert(500),
    receipt()
);

tour(
    "SmartcashRefund",
    Machine.startRefund("Lunch", "Cashlogy"),
    Machine.lineIs("pending", "9.90"),
    PaymentScreen.clickValidate(),
    Machine.refusalSays("not paid out yet"),
    Machine.sendPayout("9.90"),
    receipt(),
    Machine.receiptShows("Paid out")
);
