/** @odoo-module */

import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";
import * as PaymentScreen from "@point_of_sale/../tests/tours/helpers/PaymentScreenTourMethods";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import { SmartcashService } from "@pos_smartcash_terminal/app/smartcash_service";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

if (new URLSearchParams(window.location.search).has("smartcash_fails")) {
    patch(SmartcashService.prototype, {
        start() {
            throw new Error("a fault of ours");
        },
    });
}

registry.category("web_tour.tours").add("SmartcashServiceFailed", {
    test: true,
    steps: () =>
        [
            Machine.refusalSays("a fault of ours"),
            {
                content: "the till goes on saying so",
                trigger: ".pos .smartcash-button.smartcash-machine--error",
                isCheck: true,
            },
            Machine.pickProduct("Lunch"),
            ProductScreen.clickPayButton(),
            Machine.chooseMethod("Cashlogy"),
            Machine.lineIs("pending", "9.90"),
            Machine.send(),
            Machine.refusalSays("a fault of ours"),
            PaymentScreen.clickPaymentlineDelButton("Cashlogy", "9.90"),
            Machine.chooseMethod("Bank"),
            PaymentScreen.clickValidate(),
            Machine.receiptShows("9.90"),
        ].flat(2),
});
