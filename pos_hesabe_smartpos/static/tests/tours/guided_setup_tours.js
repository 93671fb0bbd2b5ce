/** @odoo-module */

import { registry } from "@web/core/registry";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as OneTap from "@pos_smartcash_terminal/../tests/tours/helpers/one_tap_tour_methods";
import * as SetUp from "@pos_smartcash_terminal/../tests/tours/helpers/setup_tour_methods";
import * as Terminal from "./helpers/terminal_tour_methods";

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, { test: true, steps: () => steps.flat(2) });
}

function toldBy(text) {
    return [
        { content: text, trigger: `.o_notification:contains("${text}")`, isCheck: true },
        { content: "read", trigger: ".o_notification_close" },
    ];
}

tour(
    "HesabeSetUp",
    SetUp.begin("hesabe", "Front desk", "New shop"),
    SetUp.press("action_connected"),
    SetUp.refusalSays("Choose the machine first"),
    SetUp.choose("hesabe_account_id", "Our shops"),
    SetUp.press("action_hesabe_fetch"),
    toldBy("terminals at Hesabe"),
    SetUp.choose("device_id", "PAX A920 Till 1"),
    SetUp.press("action_hesabe_test"),
    toldBy("Connected to Hesabe"),
    SetUp.press("action_connected"),
    SetUp.stepIs("check"),
    SetUp.press("action_checked"),
    SetUp.stepIs("books"),
    SetUp.press("action_make_books"),
    SetUp.stepIs("test")
);

tour(
    "HesabeSetUpFirstSale",
    OneTap.paidInTwoTaps("Coffee", "Front desk", Terminal.at("pay")),
    Machine.everythingIsReported()
);
