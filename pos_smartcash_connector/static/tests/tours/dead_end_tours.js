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

/** The machine gives out, and does not say for half a minute that it has. */
laterTour(
    "SmartcashPayoutHangs",
    Machine.startRefund("Lunch", "Cashlogy"),
    Machine.sendPayout("9.90"),
    Machine.dialogIs("dispensing"),
    Machine.breakMachine({ late_reply_ms: 30000 }),
    Machine.run("the clock starts", () => (unplugged = Date.now()), ".smartcash-dialog"),
    Machine.dialogShows("put-aside", "Go on with other orders"),
    Machine.run(
        "after a bounded time",
        () => {
            const took = Date.now() - unplugged;
            Machine.assert(took < 15000, `it took ${took} ms`);
        },
        ".smartcash-dialog"
    ),
    Machine.press("put-aside"),
    Machine.dialogIsGone(),
    Panel.countIs(1),
    Panel.open(),
    Panel.operationIs("aside"),
    Panel.close(),
    // The machine has the last word, whoever waits for it; the order then closes by itself.
    [
        {
            content: "the refund ends all the same",
            trigger: ".receipt-screen",
            isCheck: true,
            timeout: 60000,
        },
    ],
    Panel.countIs(0),
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

const order = () => window.posmodel.get_order();
const machineLine = () => order().get_paymentlines()[0];

/** Odoo's refusal of an order is an error on the console, by which a tour would fail. */
function toleratesRefusedOrders() {
    const { error } = console;
    Object.assign(console, {
        error: (...said) =>
            /RPC_ERROR/.test(said.join(" ")) ? console.info(...said) : error.apply(console, said),
    });
}

/** Another till pays the order while this one's machine takes money for it. */
const paidAtAnotherTill = () => [
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.run(
        "another till is first",
        async () => {
            toleratesRefusedOrders();
            const pos = window.posmodel;
            const data = order().export_as_JSON();
            const bank = pos.payment_methods.find(({ type }) => type === "bank");
            const payment = { ...data.statement_ids[0][2], smartcash_uuid: null };
            Object.assign(payment, { payment_method_id: bank.id, payment_status: "" });
            data.statement_ids = [[0, 0, payment]];
            data.amount_paid = data.amount_total;
            await pos.orm.call("pos.order", "create_from_ui", [[{ id: data.uid, data }]]);
        },
        ".smartcash-dialog"
    ),
    Machine.insert(500),
    paidAlreadySays("was paid already"),
];

const paidAlreadySays = (text) => ({
    content: "it was paid already",
    trigger: `.popup-confirm:contains("This order was paid already") .modal-body:contains("${text}")`,
    isCheck: true,
});

const press = (button) => ({ content: button, trigger: `.popup-confirm .button.${button}` });

tour(
    "SmartcashPaidTwice",
    ...paidAtAnotherTill(),
    press("confirm"),
    ReceiptScreen.isShown(),
    Machine.everythingIsReported()
);

tour(
    "SmartcashPaidAtAnotherTill",
    ...paidAtAnotherTill(),
    press("cancel"),
    Machine.lineIs("paid", "9.90"),
    [{ content: "try it again", trigger: ".payment-screen .next:not(.disabled)" }],
    paidAlreadySays("was paid already"),
    press("cancel"),
    Machine.lineIs("paid", "9.90"),
    Machine.run("a manager decides", async () => {
        const answer = await window.posmodel.orm.call("smartcash.operation", "resolve", [
            machineLine().smartcash_uuid,
            "returned",
            "Given back from the drawer",
        ]);
        Machine.assert(!answer.refused, JSON.stringify(answer));
    }),
    Machine.run("back to the products", () => window.posmodel.showScreen("ProductScreen")),
    ProductScreen.clickPayButton(),
    Machine.notificationSays("A manager has settled this payment"),
    Machine.run("the line is gone", () => {
        Machine.assert(!order().get_paymentlines().length, "the line is still there");
    }),
    Machine.run("to the orders", () => window.posmodel.showScreen("TicketScreen")),
    [
        { content: "delete the copy", trigger: ".ticket-screen .order-row .fa-trash" },
        { content: "yes", trigger: ".popup .button.confirm" },
        {
            content: "it is gone",
            trigger: ".ticket-screen:not(:has(.order-row:contains('9.90')))",
            isCheck: true,
        },
    ],
    Machine.everythingIsReported()
);
