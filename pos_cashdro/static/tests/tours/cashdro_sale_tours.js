/** @odoo-module */

import { registry } from "@web/core/registry";
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

tour("CashdroFirstCashier", sell("Lunch", 1000));
tourOfOpenSession("CashdroSecondCashier", sell("Coffee", 500));
