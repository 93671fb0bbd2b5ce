/** @odoo-module */

import { registry } from "@web/core/registry";
import * as Cash from "@pos_smartcash_terminal/../tests/tours/helpers/cash_tour_methods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as OneTap from "@pos_smartcash_terminal/../tests/tours/helpers/one_tap_tour_methods";
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
    SetUp.stepIs("check"),
    SetUp.shows("findings", "It counts in EUR"),
    SetUp.press("action_checked"),
    SetUp.stepIs("books"),
    SetUp.press("action_make_books"),
    SetUp.stepIs("float"),
    SetUp.choose("float_journal_id", "Safe"),
    SetUp.press("action_book_float"),
    SetUp.stepIs("test")
);

tour(
    "SmartcashSetUpFirstSale",
    Cash.machineIsCounted(),
    Machine.run("it holds what the books expect", () => {
        const differs = document.querySelector(".smartcash-count__difference--differs");
        Machine.assert(!differs, `the opening differs: ${differs?.textContent}`);
    }),
    Cash.openSession(),
    OneTap.paidInTwoTaps("Coffee", "Front till", Machine.insert(100)),
    Machine.everythingIsReported()
);

tour(
    "SmartcashSetUpEnds",
    { content: "go on with it", trigger: ".o_list_view .o_data_cell:contains('Front till')" },
    SetUp.stepIs("test"),
    SetUp.shows("test_operation_ids", "1.00"),
    SetUp.press("action_finish"),
    SetUp.stepIs("done")
);
