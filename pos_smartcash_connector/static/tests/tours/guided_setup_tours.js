/** @odoo-module */

import { registry } from "@web/core/registry";
import * as SetUp from "@pos_smartcash_terminal/../tests/tours/helpers/setup_tour_methods";

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, { test: true, steps: () => steps.flat(2) });
}

tour(
    "SmartcashSetUpBegins",
    SetUp.begin("cashlogy", "Front till", "New shop"),
    SetUp.press("action_connected"),
    SetUp.refusalSays("has not been reached yet"),
    SetUp.press("action_new_pairing_key"),
    {
        content: "the command for this till is there",
        trigger: ".smartcash-command span:contains('smartcash-gateway pair')",
        isCheck: true,
    },
    { content: "close it", trigger: ".modal-footer button:contains('Done')" },
    SetUp.shows("name", "")
);

tour(
    "SmartcashSetUpGoesOn",
    { content: "go on with it", trigger: ".o_list_view .o_data_cell:contains('Front till')" },
    SetUp.stepIs("connect"),
    {
        content: "test the connection",
        trigger: ".o_smartcash_gateway_test button:contains('Test connection')",
    },
    {
        content: "the machine is ready",
        trigger: '.o_smartcash_verdict[data-code="ok"]',
        isCheck: true,
    },
    SetUp.press("action_connected"),
    SetUp.shows("findings", "It counts in EUR"),
    SetUp.takeOver()
);

tour("SmartcashSetUpFirstSale", SetUp.firstSale("Front till"));

tour(
    "SmartcashSetUpEnds",
    { content: "go on with it", trigger: ".o_list_view .o_data_cell:contains('Front till')" },
    SetUp.stepIs("test"),
    SetUp.shows("test_operation_ids", "1.00"),
    SetUp.press("action_finish"),
    SetUp.stepIs("done")
);
