/** @odoo-module */

import { registry } from "@web/core/registry";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as PaymentScreen from "@point_of_sale/../tests/tours/helpers/PaymentScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

/** One tour per trap of Odoo's own payment screen that others do not walk into. */
function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () =>
            [ProductScreen.confirmOpeningPopup(), ...steps, Machine.everythingIsReported()].flat(2),
    });
}

const order = () => window.posmodel.get_order();
const receipt = () => [...Machine.dialogIsGone(), ...ReceiptScreen.isShown()];

tour(
    "SmartcashRunningLineStays",
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.run("core offers neither to force it nor to drop it", () => {
        for (const button of [".send_force_done", ".send_payment_cancel", ".delete-button"]) {
            Machine.assert(!document.querySelector(`.paymentlines ${button}`), button);
        }
        const states = document.querySelectorAll(".paymentlines .electronic_status");
        Machine.assert(states.length === 1, "core tells its own state as well");
    }),
    Machine.run("the line is not selected any more", () => order().select_paymentline(undefined)),
    Machine.run(
        "its X is pressed",
        () => document.querySelector(".paymentlines .delete-button").click(),
        ".paymentlines .delete-button"
    ),
    Machine.notificationSays("cannot be removed"),
    Machine.run("the line is selected again", () => {
        order().select_paymentline(order().get_paymentlines()[0]);
    }),
    Machine.type("1", "Backspace", "Delete"),
    Machine.run("nothing has changed", () => {
        const lines = order().get_paymentlines();
        Machine.assert(lines.length === 1, "the line was dropped");
        Machine.assert(lines[0].amount === 9.9, `the amount is ${lines[0].amount}`);
    }),
    Machine.run("core asks to cancel", () => {
        const [line] = order().get_paymentlines();
        window.smartcashCancelled = null;
        line.payment_method.payment_terminal
            .send_payment_cancel(order(), line.cid)
            .then((isCancelled) => (window.smartcashCancelled = isCancelled));
    }),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "9.90"),
    Machine.run("core was told how it ended", () =>
        Machine.assert(window.smartcashCancelled === true, "it did not end as cancelled")
    )
);

tour(
    "SmartcashOrderEditedMeanwhile",
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.run("Back, and another product", () => {
        const { db } = window.posmodel;
        window.posmodel.showScreen("ProductScreen");
        const coffee = Object.values(db.product_by_id).find((one) => one.display_name === "Coffee");
        return window.posmodel.addProductToCurrentOrder(coffee);
    }),
    Machine.type("7"),
    Machine.insert(500),
    Machine.dialogIsGone(),
    Machine.run("keys of the dialog did not reach the order", () => {
        Machine.assert(order().get_total_with_tax() === 12.4, `${order().get_total_with_tax()}`);
        Machine.assert(!order().finalized, "the order was closed with 2.50 unpaid");
        window.posmodel.showScreen("PaymentScreen");
    }),
    Machine.lineIs("paid", "9.90"),
    PaymentScreen.remainingIs("2.50"),
    Machine.run("nothing closes it", () =>
        Machine.assert(!document.querySelector(".popup"), "core refused to close it unpaid")
    ),
    Machine.chooseMethod("Bank"),
    PaymentScreen.clickValidate(),
    receipt()
);

tour(
    "SmartcashTypedTooMuch",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod("Cashlogy"),
    PaymentScreen.pressNumpad("2 0"),
    Machine.send(),
    Machine.refusalSays("the machine gives the change itself"),
    Machine.lineIs("pending", "20.00"),
    Machine.run("nothing was asked of the machine", () =>
        Machine.assert(!order().get_paymentlines()[0].smartcash_uuid, "an operation was begun")
    ),
    PaymentScreen.clickPaymentlineDelButton("Cashlogy", "20.00"),
    Machine.chooseMethod("Cashlogy"),
    Machine.send(),
    Machine.insert(2000),
    receipt(),
    Machine.receiptShows("10.10")
);

tour(
    "SmartcashOrderShrinksAfterwards",
    Machine.pickProduct("Coffee"),
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(2000),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "12.40"),
    Machine.run("the customer leaves the coffee", () =>
        order().get_orderlines()[0].set_quantity(0)
    ),
    PaymentScreen.changeIs("2.50"),
    PaymentScreen.clickValidate(),
    Machine.refusalMentions("2.50"),
    Machine.refusalSays("belongs to the customer"),
    Machine.chooseMethod("Cashlogy"),
    Machine.lineIs("pending", "-2.50"),
    Machine.sendPayout("2.50"),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "-2.50"),
    PaymentScreen.clickValidate(),
    receipt()
);

tour(
    "SmartcashTwoMachineLines",
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    Machine.dialogShows("accept", "5.00"),
    Machine.press("accept"),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "5.00"),
    // The same order, as another till of the company is to see it.
    Machine.run("the order is synchronised as a draft", async () => {
        window.posmodel.addOrderToUpdateSet();
        await window.posmodel.sendDraftToServer();
        Machine.assert(order().server_id, "Odoo did not take the draft");
    }),
    Machine.chooseMethod("Cashlogy"),
    Machine.send(),
    Machine.dialogShows("due", "4.90"),
    Machine.insert(1000),
    receipt(),
    Machine.receiptShows("5.10")
);

tour(
    "SmartcashPendingLineIsNoPayment",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod("Cashlogy"),
    Machine.lineIs("pending", "9.90"),
    PaymentScreen.validateButtonIsHighlighted(false),
    Machine.run("Validate is pressed all the same", () =>
        document.querySelector(".payment-screen .button.next").click()
    ),
    Machine.lineIs("pending", "9.90"),
    Machine.run("the order is open, and the drawer no concern of a machine's", () => {
        Machine.assert(!order().finalized, "the order was closed without money");
        Machine.assert(!order().is_paid_with_cash(), "the drawer would open");
    }),
    PaymentScreen.clickPaymentlineDelButton("Cashlogy", "9.90"),
    Machine.chooseMethod("Bank"),
    PaymentScreen.clickValidate(),
    receipt()
);

const driver = () => {
    const [line] = order().get_paymentlines();
    return window.posmodel.env.services.smartcash.driverFor(line.payment_method.smartcash.device);
};

tour(
    "SmartcashDriverThrows",
    Machine.pickProduct("Lunch"),
    ProductScreen.clickPayButton(),
    Machine.chooseMethod("Cashlogy"),
    Machine.run("the driver has a bug", () => {
        driver().start = () => Promise.reject(new TypeError("a bug of the test"));
    }),
    Machine.send(),
    Machine.refusalSays("never got this payment"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "9.90"),
    Machine.run("the bug is gone", () => {
        delete driver().start;
    }),
    Machine.send(),
    Machine.insert(1000),
    receipt()
);

const refusedRefund = (name, why) =>
    tour(
        name,
        Machine.startRefund("Lunch", "Cashlogy"),
        Machine.sendPayout("9.90"),
        Machine.refusalMentions(why),
        Machine.refusalSays("No money moved"),
        Machine.dialogIsGone(),
        Machine.lineIs("nothing", "9.90"),
        PaymentScreen.clickValidate(),
        Machine.refusalSays("not paid out yet")
    );

refusedRefund("SmartcashRefundTooLarge", "9.89");
refusedRefund("SmartcashRefundNotAllowed", "does not allow this");
