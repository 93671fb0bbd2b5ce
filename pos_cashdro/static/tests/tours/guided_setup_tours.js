/** @odoo-module */

import { registry } from "@web/core/registry";
import * as SetUp from "@pos_smartcash_terminal/../tests/tours/helpers/setup_tour_methods";

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, { test: true, steps: () => steps.flat(2) });
}

/** Where the test's machine listens. */
function port() {
    return new URLSearchParams(window.location.search).get("port");
}

tour(
    "CashdroSetUp",
    SetUp.begin("cashdro", "Front till", "New shop"),
    SetUp.press("action_connected"),
    SetUp.refusalSays("has no machine user"),
    SetUp.type("cashdro_host", "127.0.0.1"),
    SetUp.typeFrom("cashdro_port", port),
    SetUp.type("cashdro_user", "till"),
    SetUp.type("cashdro_password", "s3cret&w+rd %"),
    SetUp.press("action_connected"),
    SetUp.refusalSays("is not pinned yet"),
    SetUp.press("action_cashdro_pin"),
    SetUp.confirm(),
    {
        content: "it is pinned",
        trigger: ".o_notification:contains('Pinned')",
        isCheck: true,
    },
    SetUp.press("action_cashdro_test"),
    {
        content: "the machine is ready",
        trigger: ".o_notification:contains('ready')",
        isCheck: true,
    },
    SetUp.press("action_connected"),
    SetUp.takeOver(SetUp.choose("rounding_account_id", "Rounding of tills"))
);

tour("CashdroSetUpFirstSale", SetUp.firstSale("Front till"));
