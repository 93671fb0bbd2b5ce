/** @odoo-module */

import { registry } from "@web/core/registry";
import * as PaymentScreen from "@point_of_sale/../tests/tours/helpers/PaymentScreenTourMethods";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as TicketScreen from "@point_of_sale/../tests/tours/helpers/TicketScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as Terminal from "./helpers/terminal_tour_methods";

const MERCHANT_COPY = ".smartcash-print-merchant-copy";
const isPlain = Machine.run("there is no merchant copy", () =>
    Machine.assert(!document.querySelector(MERCHANT_COPY), "a merchant copy is offered")
);

/** What comes out of the printer holds all of these, and not the goods. */
function merchantCopyShows(...texts) {
    return Machine.run(
        `the merchant copy has ${texts}`,
        async () => {
            const printed = new Promise((resolve) => {
                window.print = () =>
                    resolve(document.querySelector(".render-container .pos-receipt").textContent);
            });
            document.querySelector(MERCHANT_COPY).click();
            const slip = await printed;
            for (const text of texts) {
                Machine.assert(slip.includes(text), `${text} is not on the slip: ${slip}`);
            }
            Machine.assert(!slip.includes("Dates"), `the goods are on the slip: ${slip}`);
        },
        MERCHANT_COPY
    );
}

const CARD = ["KNET", "0001", "Authorisation code", "Reference (RRN)", "29708454", "Invoice"];

registry.category("web_tour.tours").add("HesabeMerchantCopy", {
    test: true,
    steps: () =>
        [
            Machine.startPaying("Dates", "KNET"),
            Terminal.at("pay"),
            Machine.dialogIsGone(),
            Machine.lineIs("paid", "1.255"),
            PaymentScreen.clickValidate(),
            ReceiptScreen.isShown(),
            merchantCopyShows("Merchant copy", "Paid", "1.255", "-0001", ...CARD),
            ReceiptScreen.clickNextOrder(),

            // Paid without a card: nothing that the receipt does not have.
            Machine.pickProduct("Dates"),
            ProductScreen.clickPayButton(),
            Machine.chooseMethod("Bank"),
            PaymentScreen.clickValidate(),
            ReceiptScreen.isShown(),
            isPlain,
            ReceiptScreen.clickNextOrder(),

            // The first customer brings the dates back.
            ProductScreen.clickRefund(),
            TicketScreen.selectOrder("-0001"),
            ProductScreen.pressNumpad("1"),
            TicketScreen.toRefundTextContains("To Refund: 1.00"),
            TicketScreen.confirmRefund(),
            ProductScreen.clickPayButton(),
            Machine.chooseMethod("KNET"),
            Machine.sendPayout("Refund"),
            Machine.lineIs("paid", "1.255"),
            Terminal.lineSays("Refund requested"),
            PaymentScreen.clickValidate(),
            Machine.receiptShows("Refund requested: the money comes back to the card"),
            merchantCopyShows("Merchant copy", "Refund requested", "-1.255", "-0003", ...CARD),
            ReceiptScreen.clickNextOrder(),

            // Later, out of the list of orders.
            ProductScreen.clickRefund(),
            TicketScreen.selectOrder("-0001"),
            TicketScreen.clickControlButton("Print Receipt"),
            ReceiptScreen.isShown(),
            merchantCopyShows("Merchant copy", "1.255", "-0001", ...CARD),
            Machine.everythingIsReported(),
        ].flat(2),
});
