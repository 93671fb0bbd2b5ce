/** @odoo-module */

import { ConnectionLostError } from "@web/core/network/rpc_service";
import { registry } from "@web/core/registry";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Cash from "./helpers/cash_tour_methods";
import * as Machine from "./helpers/machine_tour_methods";
import * as Panel from "./helpers/panel_tour_methods";

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, { test: true, steps: () => steps.flat(2) });
}

/** The receipts of cash moves that this page printed, each as text. */
const watchPrinter = () =>
    Machine.run("watch the printer", () => {
        window.smartcashPrinted = [];
        const { printer } = window.posmodel.env.services;
        printer.print = async (component, props) => {
            window.smartcashPrinted.push(`${props.translatedType} ${props.formattedAmount}`);
        };
    });

const printed = (text) =>
    Machine.run(`printed: ${text}`, async () => {
        for (let tries = 0; tries < 100 && !window.smartcashPrinted.length; tries++) {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        const found = window.smartcashPrinted.splice(0);
        Machine.assert(
            found.length === 1 && found[0].replace("\u00a0", " ").includes(text),
            `printed: ${JSON.stringify(found)}`
        );
    });

const open = () => [Cash.machineIsCounted(), Cash.openSession()].flat();
const receipt = () => [...Machine.dialogIsGone(), ...ReceiptScreen.isShown()];

tour(
    "SmartcashCashDay",
    Cash.totalIs("866.94"),
    Cash.popupShows("difference", "more than expected"),
    Cash.handIs("0.00"),
    Cash.openSession(),
    watchPrinter(),
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(2000),
    receipt(),
    ReceiptScreen.clickNextOrder(),
    Cash.fillCashMove("in", "50", "Change from the bank"),
    Cash.confirmCashMove(),
    Machine.dialogShows("due", "50.00"),
    Machine.insert(2000),
    Machine.dialogShows("remaining", "30.00"),
    Machine.insert(1000, 3),
    Machine.dialogIs("paid"),
    Machine.dialogShows("moved", "50.00"),
    Machine.dialogIsGone(),
    printed("in 50.00"),
    Cash.fillCashMove("in", "", "What was in the old drawer"),
    Cash.popupShows("open-deposit"),
    Cash.confirmCashMove(),
    Machine.insert(500),
    Machine.insert(100, 2),
    Machine.dialogShows("inserted", "7.00"),
    Machine.press("accept"),
    Machine.dialogShows("moved", "7.00"),
    Machine.dialogIsGone(),
    printed("in 7.00"),
    Cash.fillCashMove("out", "", "Nothing"),
    Cash.confirmCashMove(),
    Cash.cashMoveProblem("Enter the amount"),
    Machine.run("discard", () => document.querySelector(".cash-move-popup .cancel").click()),
    Cash.fillCashMove("out", "30", "Baker"),
    Cash.confirmCashMove(),
    Machine.dialogShows("moved", "30.00"),
    Machine.dialogIsGone(),
    printed("out 30.00"),
    Machine.startRefund("Coffee", "Cashlogy"),
    Machine.send(),
    receipt(),
    ReceiptScreen.clickNextOrder(),
    Cash.startClosing(),
    Cash.machineIsCounted(),
    Cash.popupShows("part-salesIn", "20.00"),
    Cash.popupShows("part-change", "-10.10"),
    Cash.popupShows("part-refunds", "-2.50"),
    Cash.popupShows("part-cashIn", "57.00"),
    Cash.popupShows("part-cashOut", "-30.00"),
    Cash.popupShows("difference", "As expected"),
    Cash.finishClosing()
);

tour(
    "SmartcashCashMachineOff",
    Cash.enterTotal("100", "Switched off"),
    Cash.totalIs("100.00"),
    Cash.popupShows("counted", "100.00"),
    Cash.typeHand("5.5"),
    Cash.popupShows("counted", "105.50"),
    Cash.openSession(),
    Machine.run("the session is open", () =>
        Machine.assert(window.posmodel.pos_session.state === "opened", "not open")
    )
);

tour(
    "SmartcashCashOpeningRefused",
    Cash.machineIsCounted(),
    Machine.run("Odoo does not answer", () => {
        const { orm } = window.posmodel;
        window.smartcashCall = orm.rpc;
        orm.rpc = (...args) =>
            JSON.stringify(args).includes("set_cashbox_pos")
                ? Promise.reject(new Error("no network"))
                : window.smartcashCall(...args);
    }),
    {
        content: "open the session",
        trigger: '.opening-cash-control .button:contains("Open session"):not(:disabled)',
    },
    Cash.popupShows("opening-problem", "The session is not open"),
    Machine.run("Odoo answers again", () => {
        Machine.assert(window.posmodel.pos_session.state === "opening_control", "opened");
        window.posmodel.orm.rpc = window.smartcashCall;
    }),
    Cash.openSession()
);

tour(
    "SmartcashCashHandUnheard",
    open(),
    Machine.run("the answer gets lost on its way", () => {
        const { orm } = window.posmodel;
        window.smartcashCall = orm.rpc;
        orm.rpc = async (...args) => {
            const answer = await window.smartcashCall(...args);
            if (JSON.stringify(args).includes("smartcash.operation/register")) {
                throw new ConnectionLostError();
            }
            return answer;
        };
    }),
    Cash.fillCashMove("out", "7", "Stamps"),
    { content: "by hand", trigger: ".cash-move-popup .smartcash-by-hand-move" },
    Cash.cashMoveProblem("Give no money yet"),
    Machine.run("discard", () => document.querySelector(".cash-move-popup .cancel").click()),
    Machine.run("Odoo is heard again", () => {
        window.posmodel.orm.rpc = window.smartcashCall;
    }),
    Panel.open(),
    Panel.operationIs("unbooked"),
    Panel.press("open-check"),
    Panel.takeShows("7.00"),
    Panel.pressInTake("confirm"),
    Panel.open(),
    Panel.shows("Nothing is open")
);

tour(
    "SmartcashCashHand",
    open(),
    watchPrinter(),
    Cash.fillCashMove("in", "20", "Small change for the drawer"),
    Cash.cashMoveByHand(),
    printed("in 20.00"),
    Cash.startClosing(),
    Cash.machineIsCounted(),
    Cash.handIs("20.00"),
    Cash.popupShows("part-byHand", "20.00"),
    Cash.popupShows("difference", "As expected"),
    Cash.typeHand("18.5"),
    Cash.popupShows("difference", "1.50"),
    Cash.popupShows("difference", "missing"),
    {
        content: "close",
        trigger: ".close-pos-popup .footer .button.highlight:not(:disabled)",
    },
    {
        content: "accept the difference",
        trigger: ".popup-confirm .button.confirm, .modal-dialog .button.confirm",
    },
    { content: "back in the backend", trigger: ".o_web_client", isCheck: true, timeout: 20000 }
);

tour(
    "SmartcashCashReload",
    open(),
    Cash.fillCashMove("in", "", "Deposit"),
    Cash.confirmCashMove(),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.run("the page is reloaded", () => window.location.reload(), ".smartcash-dialog"),
    Machine.dialogShows("resumed", "Resumed"),
    watchPrinter(),
    Machine.insert(1000),
    Machine.dialogShows("inserted", "15.00"),
    Machine.press("accept"),
    Machine.dialogIsGone(),
    printed("in 15.00"),
    Machine.everythingIsReported()
);

tour(
    "SmartcashCashCancel",
    open(),
    Cash.fillCashMove("in", "50", "Change of mind"),
    Cash.confirmCashMove(),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.press("cancel"),
    Machine.dialogIs("nothing"),
    Machine.dialogIsGone(),
    Machine.everythingIsReported()
);

tour(
    "SmartcashCashShortfall",
    open(),
    watchPrinter(),
    Machine.breakMachine({ jam_after: 1 }),
    Cash.fillCashMove("out", "35", "Baker"),
    Cash.confirmCashMove(),
    Machine.dialogIs("by_hand"),
    Machine.press("handed-over"),
    Machine.dialogIsGone(),
    printed("out 35.00"),
    Machine.everythingIsReported()
);

tour(
    "SmartcashCashQuestions",
    open(),
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.press("accept"),
    Machine.dialogIsGone(),
    Machine.everythingIsReported(),
    Machine.run("the till forgets the order", () =>
        window.posmodel.removeOrder(window.posmodel.get_order())
    ),
    Cash.startClosing(),
    Cash.popupShows("question", "5.00"),
    Cash.decide("returned", "The customer left"),
    Cash.machineIsCounted(),
    Cash.popupShows("difference", "As expected"),
    Cash.popupShows("part-byHand", "-5.00"),
    Cash.handIs("-5.00"),
    Cash.discardClosing()
);

tour(
    "SmartcashCashAskManager",
    open(),
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    Machine.press("accept"),
    Machine.dialogIsGone(),
    Machine.everythingIsReported(),
    Cash.startClosing(),
    Cash.popupShows("go-to-order"),
    Cash.discardClosing(),
    Machine.run("the till forgets the order", () => {
        window.smartcashOrder = window.posmodel.get_order();
        window.posmodel.removeOrder(window.smartcashOrder);
    }),
    Cash.startClosing(),
    Cash.popupShows("ask-manager"),
    Machine.run("no decision, no closing", () => {
        Machine.assert(!document.querySelector(".smartcash-resolve-returned"), "offered");
        Machine.assert(
            document.querySelector(".close-pos-popup .footer .button.highlight").disabled,
            "can close"
        );
    }),
    Machine.run("the till finds the order again", () =>
        window.posmodel.orders.add(window.smartcashOrder)
    ),
    Cash.lookAgain(),
    { content: "go to the order", trigger: ".smartcash-go-to-order" },
    Machine.lineIs("paid", "5.00")
);
