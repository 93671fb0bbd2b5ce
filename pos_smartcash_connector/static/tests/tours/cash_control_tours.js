/** @odoo-module */

import { ConnectionLostError } from "@web/core/network/rpc_service";
import { registry } from "@web/core/registry";
import * as Cash from "@pos_smartcash_terminal/../tests/tours/helpers/cash_tour_methods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as Panel from "@pos_smartcash_terminal/../tests/tours/helpers/panel_tour_methods";

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, { test: true, steps: () => steps.flat(2) });
}

const open = () => [Cash.machineIsCounted(), Cash.openSession()].flat();

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
        trigger: ".opening-cash-control .modal-footer .button:not(:disabled)",
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
    { content: "by hand", trigger: ".smartcash-by-hand-move:not(:disabled)" },
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
    Cash.watchPrinter(),
    Cash.fillCashMove("in", "20", "Small change for the drawer"),
    Cash.cashMoveByHand(),
    Cash.printed("in 20.00"),
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
    { content: "back in the backend", trigger: ".o_web_client", isCheck: true }
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
    Cash.watchPrinter(),
    Machine.insert(1000),
    Machine.dialogShows("inserted", "15.00"),
    Machine.press("accept"),
    Machine.dialogIsGone(),
    Cash.printed("in 15.00"),
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
    Machine.dialogEnded("nothing"),
    Machine.everythingIsReported()
);

tour(
    "SmartcashCashShortfall",
    open(),
    Cash.watchPrinter(),
    Machine.breakMachine({ jam_after: 1 }),
    Cash.fillCashMove("out", "35", "Baker"),
    Cash.confirmCashMove(),
    Machine.dialogIs("by_hand"),
    Machine.press("handed-over"),
    Machine.dialogIsGone(),
    Cash.printed("out 35.00"),
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
    Cash.loseOrder(),
    Cash.startClosing(),
    Cash.popupShows("question__text", "The machine kept 5.00"),
    Machine.run("only what fits is offered", () => {
        const offered = [...document.querySelectorAll(".smartcash-question__choices button")];
        Machine.assert(
            offered.map(({ textContent }) => textContent.trim()).join() ===
                "Returned to the customer,Belongs to an order,Booked as cash in,Counting error",
            offered.map(({ textContent }) => textContent).join()
        );
    }),
    Cash.decide("returned", "The customer left", "given back by hand, from the drawer of"),
    Cash.machineIsCounted(),
    Cash.popupShows("difference", "5.00"),
    Cash.popupShows("difference", "more than expected"),
    Cash.popupShows("part-byHand", "-5.00"),
    Cash.popupShows("hand-elsewhere", "5.00"),
    Cash.handIs("0.00"),
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
    Machine.run("who can finish the order asks nobody", () =>
        Machine.assert(!document.querySelector(".smartcash-ask-manager"), "asks a manager")
    ),
    Cash.discardClosing(),
    Cash.loseOrder(),
    Cash.startClosing(),
    Cash.popupShows("ask-manager"),
    Machine.run("no decision, no closing", () => {
        Machine.assert(!document.querySelector(".smartcash-resolve-returned"), "offered");
        Machine.assert(
            document.querySelector(".close-pos-popup .footer .button.highlight").disabled,
            "can close"
        );
    }),
    Cash.findOrderAgain(),
    Cash.lookAgain(),
    { content: "go to the order", trigger: ".smartcash-go-to-order" },
    Machine.lineIs("paid", "5.00")
);
