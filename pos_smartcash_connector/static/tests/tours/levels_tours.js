/** @odoo-module */

import { registry } from "@web/core/registry";
import * as Cash from "@pos_smartcash_terminal/../tests/tours/helpers/cash_tour_methods";
import * as Panel from "@pos_smartcash_terminal/../tests/tours/helpers/panel_tour_methods";

registry.category("web_tour.tours").add("SmartcashLevels", {
    test: true,
    steps: () => [
        ...Cash.machineIsCounted(),
        ...Cash.popupShows("bring", "2 rolls: 80 × 0.20"),
        ...Cash.popupShows("bring", "16.00"),
        ...Cash.openSession(),
        ...Panel.open(),
        ...Panel.shows("Cash inside"),
        ...Panel.shows("1,044.34"),
        ...Panel.levelIs("near_empty", "0.20", "3"),
        ...Panel.levelIs("near_full", "2.00", "119 / 120"),
        ...Panel.levelIs("ok", "1.00", "60"),
        ...Panel.shows("1 × 50.00"),
        ...Panel.close(),
    ],
});

registry.category("web_tour.tours").add("SmartcashLevelsOnTheForm", {
    test: true,
    steps: () => [
        {
            content: "test the connection",
            trigger: ".o_smartcash_gateway_test button:contains('Test connection')",
        },
        ...Panel.levelIs("near_empty", "0.20", "3", ".o_form_view"),
        {
            content: "what to bring",
            trigger: '.o_form_view .smartcash-bring:contains("2 rolls: 80 × 0.20")',
            isCheck: true,
        },
        { content: "the limits", trigger: '.nav-link:contains("Levels")' },
        {
            content: "a line per recycler",
            trigger: '.o_field_one2many[name="level_ids"] .o_data_row:contains("0.20")',
            isCheck: true,
        },
    ],
});
