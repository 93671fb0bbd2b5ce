/** @odoo-module */

import { registry } from "@web/core/registry";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Cash from "@pos_smartcash_terminal/../tests/tours/helpers/cash_tour_methods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as Panel from "@pos_smartcash_terminal/../tests/tours/helpers/panel_tour_methods";

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, { test: true, steps: () => steps.flat(2) });
}

const open = () => [Cash.machineIsCounted(), Cash.openSession()].flat();

/** What was moved is read, and then closed. */
const read = (amount, ...shown) =>
    [
        Machine.dialogIs("paid"),
        Machine.dialogShows("moved", amount),
        ...shown.map(([what, text]) => Machine.dialogShows(what, text)),
        Machine.press("close"),
    ].flat();

tour(
    "SmartcashServiceDay",
    open(),
    Panel.serve("fill"),
    Machine.insert(500, 2),
    Machine.insert(100),
    Machine.dialogShows("inserted", "11.00"),
    Machine.press("accept"),
    read("11.00", ["pieces_in", "2 × 5.00"]),
    Machine.dialogIsGone(),
    Machine.startPaying("Banquet", "Cashlogy"),
    Machine.insert(5000),
    Machine.dialogIsGone(),
    ReceiptScreen.isShown(),
    ReceiptScreen.clickNextOrder(),
    Panel.serve("collect"),
    Machine.confirmPayout("Take out"),
    Machine.stacker("remove"),
    Machine.stacker("replace"),
    read("50.00", ["pieces_out", "1 × 50.00"]),
    Machine.dialogIsGone(),
    Panel.serve("exchange"),
    Machine.insert(2000),
    Machine.dialogShows("inserted", "20.00"),
    Machine.press("accept"),
    read("20.00", ["pieces_in", "1 × 20.00"], ["pieces_out", "2 × 10.00"]),
    Machine.dialogIsGone(),
    Panel.serve("transfer"),
    read("645.00"),
    Machine.dialogIsGone(),
    Machine.everythingIsReported(),
    Cash.startClosing(),
    Cash.machineIsCounted(),
    Cash.popupShows("part-filled", "11.00"),
    Cash.popupShows("part-emptied", "-50.00"),
    Cash.popupShows("difference", "As expected"),
    Cash.finishClosing()
);

tour(
    "SmartcashServiceReload",
    open(),
    Machine.startPaying("Banquet", "Cashlogy"),
    Machine.insert(5000),
    Machine.dialogIsGone(),
    ReceiptScreen.isShown(),
    ReceiptScreen.clickNextOrder(),
    Panel.serve("collect"),
    Machine.confirmPayout("Take out"),
    Machine.stacker("remove"),
    Machine.run("the page is reloaded", () => window.location.reload(), ".smartcash-dialog"),
    Machine.dialogShows("resumed", "Resumed"),
    Machine.stacker("replace"),
    read("50.00", ["pieces_out", "1 × 50.00"]),
    Machine.dialogIsGone(),
    Machine.everythingIsReported()
);

tour(
    "SmartcashServiceEmptyAll",
    open(),
    Panel.serve("empty"),
    Machine.run(
        "neither Enter nor a scan empties the machine",
        () => {
            const button = document.querySelector(".smartcash-money-out-confirm");
            button.focus();
            Machine.assert(Machine.pressKey(button, "Enter"), "Enter presses the button");
            Machine.pressKey(document.body, "Enter");
        },
        ".smartcash-money-out-confirm:not(:disabled)"
    ),
    Machine.payoutShows("866.94"),
    Machine.confirmPayout("866.94"),
    Machine.run("it was asked once", () =>
        Machine.assert(!document.querySelector(".smartcash-money-out"), "asked twice")
    ),
    read("866.94", ["pieces_out", "18 × 20.00"]),
    // The stacker comes next.
    Machine.dialogIs("collecting"),
    Machine.press("cancel"),
    Machine.dialogIsGone(),
    Panel.serve("exchange"),
    Machine.insert(2000),
    Machine.dialogShows("inserted", "20.00"),
    Machine.press("accept"),
    Machine.refusalSays("no smaller pieces"),
    Machine.dialogIsGone(),
    Machine.everythingIsReported()
);

tour(
    "SmartcashServiceCashier",
    open(),
    Panel.open(),
    Machine.run("nothing to fill or to empty", () =>
        Machine.assert(!document.querySelector(".smartcash-services .btn"), "offered")
    )
);
