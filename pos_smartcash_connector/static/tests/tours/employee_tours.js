/** @odoo-module */

import { registry } from "@web/core/registry";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

/** Employees: who stands at the till is whose badge was shown, not who logged in. */
function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () => [...steps, Machine.everythingIsReported()].flat(2),
    });
}

const pos = () => window.posmodel;
const ledger = () => pos().env.services.smartcash.ledger;

function show(badge) {
    return [
        ...Machine.run(`${badge} shows a badge`, () => {
            pos().set_cashier(pos().employees.find(({ name }) => name === badge));
            pos().hasLoggedIn = true;
            pos().closeTempScreen();
        }),
        { content: "the products are shown", trigger: ".pos .product-screen", isCheck: true },
    ];
}

function openPanel() {
    return [
        {
            content: "the button shows a question; open the panel",
            trigger: '.smartcash-button:has(.smartcash-button__count:contains("1"))',
        },
    ];
}

function panelShows(content, what) {
    return [{ content, trigger: `.smartcash-panel:has(.smartcash-open)${what}`, isCheck: true }];
}

function closePanel() {
    return [{ content: "close the panel", trigger: ".smartcash-panel-close" }];
}

tour(
    "SmartcashPaidBehindTheLock",
    show("Ana Badge"),
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.run("Ana locks the till", () => {
        pos().reset_cashier();
        pos().showTempScreen("LoginScreen");
    }),
    Machine.insert(500),
    Machine.dialogIsGone(),
    Machine.run("the order is closed", () => {
        Machine.assert(
            pos().orders.every((order) => order.finalized),
            "the order is still open"
        );
    })
);

tour(
    "SmartcashBadgeSaysWhoMayDecide",
    show("Ana Badge"),
    openPanel(),
    panelShows("a question that Ana cannot decide", ":not(:has(.smartcash-open-odoo))"),
    closePanel(),
    show("Boss Badge"),
    openPanel(),
    panelShows("a question that the manager can decide", ":has(.smartcash-open-odoo)"),
    closePanel(),
    Machine.run("Odoo refuses a message about money", async () => {
        const parent = {
            uuid: window.crypto.randomUUID(),
            kind: "sale",
            amount: 990,
            currency: "EUR",
            sessionId: pos().pos_session.id,
            paymentMethodId: pos().payment_methods.find(({ name }) => name === "Cashlogy").id,
        };
        ledger().registerByHand(parent, 990);
        await ledger().flush();
        Machine.assert(ledger().problems().length === 1, "it was not refused");
    }),
    [{ content: "open the panel", trigger: ".smartcash-button" }],
    [{ content: "drop it", trigger: ".smartcash-panel .smartcash-open-dismiss" }],
    [
        {
            content: "it is gone",
            trigger: ".smartcash-panel:not(:has(.smartcash-open-dismiss))",
            isCheck: true,
        },
    ],
    closePanel()
);
