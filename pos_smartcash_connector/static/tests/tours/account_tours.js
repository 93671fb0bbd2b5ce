/** @odoo-module */

import { registry } from "@web/core/registry";
import * as PaymentScreen from "@point_of_sale/../tests/tours/helpers/PaymentScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

/** What a machine keeps beside a plain sale: for a customer's account, and with cash rounding. */
function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () => [...steps, Machine.everythingIsReported()].flat(2),
    });
}

const order = () => window.posmodel.get_order();

tour(
    "SmartcashDebtIsPaid",
    Machine.run("nothing is sold; the payment screen is shown", () => {
        window.posmodel.showScreen("PaymentScreen");
    }),
    Machine.chooseMethod("Cashlogy"),
    PaymentScreen.pressNumpad("5 0"),
    Machine.send(),
    Machine.refusalSays("the machine gives the change itself"),
    Machine.run("a customer is chosen", () => {
        const { partners } = window.posmodel;
        order().set_partner(partners.find(({ name }) => name === "Ines Owes"));
    }),
    Machine.send(),
    Machine.insert(5000),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "50.00"),
    PaymentScreen.clickValidate(),
    Machine.refusalSays("Choose the customer account"),
    Machine.chooseMethod("On account"),
    PaymentScreen.clickValidate(),
    Machine.receiptShows("On account")
);

tour(
    "SmartcashKeepsWhatIsNoMultiple",
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    Machine.insert(2),
    Machine.dialogShows("accept", "5.02"),
    Machine.press("accept"),
    Machine.dialogIsGone(),
    Machine.lineIs("paid", "5.02"),
    Machine.run("whoever sets it, it keeps its amount", () => {
        const [line] = order().get_paymentlines();
        line.set_amount(0);
        Machine.assert(line.amount.toFixed(2) === "5.02", `it became ${line.amount}`);
    }),
    Machine.chooseMethod("Bank"),
    PaymentScreen.clickValidate(),
    Machine.receiptShows("5.02")
);
