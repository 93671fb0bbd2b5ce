/** @odoo-module */

import { registry } from "@web/core/registry";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as Panel from "@pos_smartcash_terminal/../tests/tours/helpers/panel_tour_methods";

function tour(name, ...steps) {
    laterTour(name, ProductScreen.confirmOpeningPopup(), ...steps);
}

/** In a session that is open already. */
function laterTour(name, ...steps) {
    registry.category("web_tour.tours").add(name, { test: true, steps: () => steps.flat(2) });
}

let unplugged = 0;

/** The plug is pulled with 5.00 inserted: within ten seconds the dialog says so, with ways on. */
const plugPulled = [
    ...Machine.startPaying("Lunch", "Cashlogy"),
    ...Machine.insert(500),
    ...Machine.dialogShows("inserted", "5.00"),
    ...Machine.run("the clock starts", () => (unplugged = Date.now()), "body"),
    ...Machine.power(false),
    ...Machine.dialogIs("lost"),
    ...Machine.dialogShows("lost", "5.00"),
    ...Machine.dialogShows("put-aside", "Go on with other orders"),
    ...Machine.run(
        "soon, and only what is known",
        () => {
            const { textContent } = document.querySelector(".smartcash-dialog");
            const took = Date.now() - unplugged;
            Machine.assert(took < 10000, `it took ${took} ms`);
            Machine.assert(!/giving out|Giving back/.test(textContent), textContent);
        },
        ".smartcash-dialog"
    ),
];

tour(
    "SmartcashPowerCut",
    plugPulled,
    Machine.press("cancel"),
    Machine.dialogIs("lost"),
    Machine.run(
        "a cancel that nobody took gives nothing back",
        () => {
            const { textContent } = document.querySelector(".smartcash-dialog");
            Machine.assert(!/giving out|Giving back/.test(textContent), textContent);
        },
        ".smartcash-dialog"
    ),
    Machine.press("put-aside"),
    Machine.dialogIsGone(),
    Panel.countIs(1),
    Panel.open(),
    Panel.operationIs("aside"),
    Panel.shows("5.00"),
    Panel.close(),
    Machine.power(true),
    // What the machine holds comes to the front by itself.
    Machine.dialogIs("check"),
    Machine.dialogShows("result__text", "The machine kept 5.00"),
    Machine.press("leave-open"),
    Machine.dialogIsGone(),
    Machine.lineIs("check", "9.90"),
    Machine.everythingIsReported()
);

tour(
    "SmartcashPowerCutLeft",
    plugPulled,
    Machine.press("stop-waiting"),
    Machine.dialogIs("check"),
    Machine.press("leave-open"),
    Machine.dialogIsGone(),
    Machine.power(true),
    [
        {
            content: "nobody pressed anything: the cashier is told what the machine holds",
            trigger: `.o_pos_notification_manager .o_notification:contains("5.00")`,
            isCheck: true,
            timeout: 60000,
        },
    ],
    Machine.checkLine(),
    Machine.dialogIs("check"),
    Machine.dialogShows("result__text", "The machine kept 5.00"),
    Machine.press("leave-open"),
    Machine.dialogIsGone(),
    Machine.everythingIsReported()
);

tour(
    "SmartcashNoCashHere",
    Machine.startPaying("Banquet", "Cashlogy"),
    Machine.insert(5000),
    Machine.dialogShows("by-hand", "15.00"),
    Machine.press("leave-owed"),
    Machine.dialogIsGone(),
    ReceiptScreen.isShown(),
    Machine.receiptShows("Still to be handed over"),
    Machine.receiptShows("15.00"),
    Machine.everythingIsReported(),
    Panel.countIs(1),
    Panel.open(),
    Panel.operationIs("owed"),
    Panel.shows("15.00"),
    Panel.close()
);

laterTour(
    "SmartcashCashLater",
    Panel.countIs(1),
    Machine.dialogIsGone(),
    Panel.open(),
    Panel.operationIs("owed"),
    Panel.press("open-check"),
    Machine.dialogShows("by-hand", "15.00"),
    Machine.press("handed-over"),
    Machine.dialogIsGone(),
    Machine.everythingIsReported(),
    Panel.countIs(0)
);

tour(
    "SmartcashCancelNoCashHere",
    Machine.startPaying("Banquet", "Cashlogy"),
    Machine.insert(2000),
    Machine.dialogShows("inserted", "20.00"),
    Machine.breakMachine({ no_change: true }),
    Machine.press("cancel"),
    Machine.dialogShows("by-hand", "20.00"),
    Machine.press("leave-owed"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "35.00"),
    Machine.everythingIsReported(),
    Panel.countIs(1)
);
