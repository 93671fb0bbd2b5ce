/** @odoo-module */

import { registry } from "@web/core/registry";
import * as Terminal from "./helpers/terminal_tour_methods";

const sees = (text, where) => ({
    content: `sees: ${text}`,
    trigger: `${where}:contains("${text}")`,
    isCheck: true,
});

const press = (name) => ({
    content: `presses ${name}`,
    trigger: `button[name="${name}"]:visible`,
});

registry.category("web_tour.tours").add("HesabePayOnTerminal", {
    test: true,
    steps: () => [
        press("action_hesabe_pay"),
        sees("Still to Be Paid", "label"),
        press("action_send"),
        sees("present the card there", ".o_form_sheet .alert-info"),
        Terminal.atOnce("pay"),
        sees("Paid", ".o_arrow_button_current"),
        sees("In the books", ".o_field_widget[name=booking]"),
        sees("KNET", ".o_field_widget[name=card_brand]"),
        press("action_open_move"),
        sees("Paid", ".ribbon"),
    ],
});
