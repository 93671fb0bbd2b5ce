/** @odoo-module */

import { registry } from "@web/core/registry";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () =>
            [ProductScreen.confirmOpeningPopup(), ...steps, Machine.everythingIsReported()].flat(2),
    });
}

tour(
    "CashdroChange",
    Machine.startPaying("Lunch", "CashDro"),
    Machine.insert(2000),
    Machine.dialogIsGone(),
    ReceiptScreen.isShown(),
    Machine.receiptShows("20.00"),
    Machine.receiptShows("10.10")
);
