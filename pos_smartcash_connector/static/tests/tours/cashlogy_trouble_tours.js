/** @odoo-module */

import { registry } from "@web/core/registry";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

/** In a session that is open already: its machine was counted while it was still sound. */
function tourOfOpenSession(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () => [...steps, Machine.everythingIsReported()].flat(2),
    });
}

function tour(name, ...steps) {
    tourOfOpenSession(name, ProductScreen.confirmOpeningPopup(), ...steps);
}

tour(
    "SmartcashChangeByHand",
    Machine.startPaying("Banquet", "Cashlogy"),
    Machine.insert(5000),
    Machine.dialogIs("by_hand"),
    Machine.dialogShows("by-hand", "15.00"),
    // It cannot be missed: neither keys nor another screen make it go away.
    Machine.type("Escape", "Enter"),
    Machine.run("another screen comes up behind it", () =>
        window.posmodel.showScreen("ProductScreen")
    ),
    Machine.dialogShows("by-hand", "15.00"),
    Machine.run("back", () => window.posmodel.showScreen("PaymentScreen")),
    Machine.press("handed-over"),
    Machine.dialogIsGone(),
    ReceiptScreen.isShown(),
    Machine.receiptShows("15.00")
);

tour(
    "SmartcashByHandReload",
    Machine.startPaying("Banquet", "Cashlogy"),
    Machine.insert(5000),
    Machine.dialogShows("by-hand", "15.00"),
    Machine.run("the page is reloaded", () => window.location.reload(), ".smartcash-dialog"),
    Machine.dialogShows("resumed", "Resumed"),
    Machine.dialogShows("by-hand", "15.00"),
    Machine.press("handed-over"),
    Machine.dialogIsGone(),
    ReceiptScreen.isShown()
);

tour(
    "SmartcashCancelByHand",
    Machine.startPaying("Banquet", "Cashlogy"),
    Machine.insert(2000),
    Machine.dialogShows("inserted", "20.00"),
    Machine.breakMachine({ no_change: true }),
    Machine.press("cancel"),
    Machine.dialogShows("by-hand", "20.00"),
    Machine.press("handed-over"),
    Machine.dialogIsGone(),
    Machine.lineIs("nothing", "35.00")
);

const refused = (...texts) => [
    ...Machine.startPaying("Lunch", "Cashlogy"),
    ...texts.slice(0, -1).flatMap((text) => Machine.refusalMentions(text)),
    ...Machine.refusalSays(texts[texts.length - 1]),
    ...Machine.dialogIsGone(),
];

tourOfOpenSession(
    "SmartcashMachineOff",
    // Known to the gateway before the sale, or found out by it: the words differ, the fix does not.
    refused("switched on"),
    Machine.lineIs("nothing", "9.90")
);

tourOfOpenSession(
    "SmartcashMachineBusy",
    refused("Berta", "Kiosk"),
    Machine.lineIs("nothing", "9.90")
);

tourOfOpenSession(
    "SmartcashNoRule",
    refused("No rule lets", "SmartCash > Rules"),
    Machine.lineIs("pending", "9.90")
);

tourOfOpenSession(
    "SmartcashWrongKey",
    refused("pairing key", "Ask a manager"),
    Machine.lineIs("nothing", "9.90")
);

tour(
    "SmartcashGatewayDies",
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    // From here on the test's Python side ends the gateway, and starts it again.
    Machine.dialogIs("lost"),
    Machine.dialogIs("check"),
    Machine.press("check-again"),
    Machine.dialogIs("check"),
    Machine.press("leave-open"),
    Machine.dialogIsGone(),
    Machine.lineIs("check", "9.90"),
    Machine.run("validating is refused", () =>
        document.querySelector(".payment-screen .button.next").click()
    ),
    Machine.refusalSays("still runs or needs a check"),
    Machine.run("the line cannot be dropped", () => {
        const order = window.posmodel.get_order();
        order.remove_paymentline(order.get_paymentlines()[0]);
        Machine.assert(order.get_paymentlines().length === 1, "the line was dropped");
    }),
    Machine.run("look at the orders", () => window.posmodel.showScreen("TicketScreen")),
    Machine.run(
        "the order cannot be deleted",
        () =>
            Machine.assert(
                !document.querySelector(".ticket-screen .order-row .fa-trash"),
                "there is a button that deletes the order"
            ),
        ".ticket-screen .order-row"
    )
);

tour(
    "SmartcashResolvedByManager",
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    // As above: the gateway dies and comes back without knowing how it ended.
    Machine.dialogIs("check"),
    Machine.press("leave-open"),
    Machine.lineIs("check", "9.90"),
    Machine.everythingIsReported(),
    Machine.run("a manager decides in Odoo", async () => {
        const { orm } = window.posmodel;
        const [line] = window.posmodel.get_order().get_paymentlines();
        const reason = "Given back from the drawer";
        const answer = await orm.call("smartcash.operation", "resolve", [
            line.smartcash_uuid,
            "returned",
            reason,
        ]);
        Machine.assert(answer.state === "cancelled", JSON.stringify(answer));
    }),
    Machine.checkLine(),
    Machine.lineIs("nothing", "9.90"),
    Machine.dialogIsGone(),
    Machine.run("the line can be dropped", () => {
        const order = window.posmodel.get_order();
        order.remove_paymentline(order.get_paymentlines()[0]);
        Machine.assert(order.get_paymentlines().length === 0, "the line is still there");
    })
);

tour(
    "SmartcashRefundWithoutPieces",
    Machine.startRefund("Lunch", "Cashlogy"),
    Machine.sendPayout("9.90"),
    Machine.refusalMentions("Nothing paid out"),
    // It waits for its reader; the dialog goes away by itself.
    Machine.dialogIsGone(),
    Machine.refusalSays("does not have the pieces for"),
    Machine.lineIs("nothing", "9.90")
);

/** Steps of a payout that the simulated machine passes too fast to be looked at. */
const showPayout = (stage) =>
    Machine.run(`a payout is ${stage}`, () => {
        const { state } = window.posmodel.env.services.smartcash;
        const view = { stage, due: 990, inserted: 0, amountOut: 0, net: 0, messages: [] };
        const titles = { title: "Cashlogy", deviceName: "Till 1", capabilities: {} };
        state.payments.payout = { uuid: "payout", kind: "refund", aside: false, view, ...titles };
    });

tour(
    "SmartcashPayoutDialog",
    showPayout("starting"),
    Machine.dialogIs("starting"),
    Machine.run("no footer without a button, no share that nobody knows", () => {
        const dialog = document.querySelector(".smartcash-dialog");
        Machine.assert(!dialog.querySelector("footer"), "there is an empty footer");
        const bar = dialog.querySelector(".smartcash-bar--indeterminate");
        Machine.assert(bar && !bar.hasAttribute("aria-valuenow"), "the bar claims a share");
    }),
    showPayout("dispensing"),
    Machine.dialogIs("dispensing:has(footer):has(.smartcash-bar--indeterminate)"),
    Machine.run("it ends", () => {
        delete window.posmodel.env.services.smartcash.state.payments.payout;
    }),
    Machine.dialogIsGone()
);
