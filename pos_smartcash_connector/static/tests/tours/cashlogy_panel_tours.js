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

const toPayment = (product) => [
    ...Machine.pickProduct(product),
    { content: "go to payment", trigger: ".product-screen .pay-order-button" },
    ...Machine.chooseMethod("Cashlogy"),
];

const unfinishedSale = [
    ...Machine.startPaying("Lunch", "Cashlogy"),
    ...Machine.insert(500),
    // From here on the test's Python side ends the gateway, and starts it again.
    ...Machine.dialogIs("check"),
    ...Machine.press("leave-open"),
    ...Machine.dialogIsGone(),
    ...Machine.everythingIsReported(),
];

// The panel

tour(
    "SmartcashPanelReady",
    Panel.machineIs("online"),
    Panel.open(),
    Panel.shows("Till 1"),
    Panel.shows("Ready"),
    Panel.shows("Nothing is open"),
    Panel.close()
);

laterTour(
    "SmartcashPanelMachineOff",
    // The gateway sees it a moment after the plug is pulled, and pushes it.
    Panel.machineIs("offline"),
    Panel.open(),
    Panel.shows("Not connected"),
    Panel.shows("Check that it is switched on"),
    Panel.close()
);

tour(
    "SmartcashPanelQuestion",
    unfinishedSale,
    Panel.countIs(1),
    Machine.run("another screen", () => window.posmodel.showScreen("ProductScreen")),
    Panel.open(),
    Panel.operationIs("unknown"),
    Panel.shows("9.90"),
    Panel.shows("Nobody knows yet how it ended"),
    Panel.hasNo("open-odoo"),
    Panel.press("open-order"),
    Machine.lineIs("check", "9.90"),
    Panel.open(),
    Panel.press("open-check"),
    Machine.dialogIs("check"),
    Machine.press("leave-open"),
    Machine.dialogIsGone()
);

laterTour(
    "SmartcashPanelManager",
    Panel.countIs(1),
    Panel.open(),
    Panel.operationIs("unknown"),
    Panel.hasNo("open-order"),
    Machine.run(
        "the way to Odoo leads to the operation",
        () => {
            const address = document.querySelector(".smartcash-open-odoo").getAttribute("href");
            const id = new URLSearchParams(address.split("#")[1]).get("id");
            const { rows } = Panel.known();
            Machine.assert(Number(id) === rows[0].id, `${address} is not the operation's`);
        },
        ".smartcash-open-odoo"
    ),
    Panel.press("open-check"),
    Machine.dialogIs("check"),
    Machine.press("leave-open"),
    Machine.dialogIsGone(),
    Machine.run("a manager decides in Odoo", async () => {
        const { orm } = window.posmodel;
        const [{ uuid }] = Panel.known().rows;
        const answer = await orm.call("smartcash.operation", "resolve", [
            uuid,
            "returned",
            "Given back from the drawer",
        ]);
        Machine.assert(answer.state === "cancelled", JSON.stringify(answer));
    }),
    Panel.open(),
    Panel.shows("Nothing is open"),
    Panel.close(),
    Panel.countIs(0)
);

laterTour(
    "SmartcashPanelFinishesForAnother",
    // A sale that another browser of this session began and left, with all the money in it.
    Panel.open(),
    Panel.operationIs("running"),
    Panel.press("open-check"),
    Machine.dialogIs("accepting"),
    Machine.press("cancel"),
    Machine.dialogIsGone(),
    Machine.everythingIsReported(),
    Panel.open(),
    Panel.shows("Nothing is open"),
    Panel.close()
);

laterTour(
    "SmartcashPanelOfAnotherMachine",
    // A colleague's sale, on the machine to which the rules lead that colleague.
    Panel.open(),
    Panel.operationIs("running"),
    Panel.shows("It belongs to Till 1"),
    Panel.hasNo("open-check"),
    Panel.close(),
    Machine.run("whoever asks all the same is told why not", async () => {
        const { smartcash } = window.posmodel.env.services;
        const [{ op }] = smartcash.board.board().others;
        Machine.assert(op.device.name === "Till 1", JSON.stringify(op.device));
        smartcash.look(op);
    }),
    Machine.refusalSays("It belongs to Till 1"),
    Machine.everythingIsReported()
);

tour(
    "SmartcashPanelRefusedReport",
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(1000),
    ReceiptScreen.isShown(),
    Panel.countIs(1),
    Panel.open(),
    Panel.operationIs("refused"),
    Panel.shows("gateway signed"),
    Panel.hasNo("open-dismiss"),
    Panel.press("open-again"),
    Panel.operationIs("refused"),
    Panel.close()
);

// By hand

laterTour(
    "SmartcashTakeByHand",
    ...toPayment("Lunch"),
    Machine.send(),
    Machine.refusalMentions("switched on"),
    Panel.pressInRefusal("take-by-hand"),
    Panel.takeShows("9.90"),
    Panel.typeInPopup("Enter"),
    Panel.takeShows("9.90"),
    Panel.pressInTake("back"),
    Machine.lineIs("nothing", "9.90"),
    Panel.takeOnLine(),
    Panel.takeShows("9.90"),
    Panel.pressInTakeTwice("confirm"),
    ReceiptScreen.isShown(),
    Machine.run("the receipt claims nothing of a machine", () =>
        Machine.assert(
            !document.querySelector(".smartcash-receipt-line"),
            "the receipt says what a machine did"
        )
    ),
    Machine.everythingIsReported()
);

laterTour(
    "SmartcashTakeByHandGatewayDown",
    ...toPayment("Lunch"),
    Machine.send(),
    Machine.refusalMentions("gateway on this till does not answer"),
    Panel.pressInRefusal("take-by-hand"),
    Panel.pressInTake("confirm"),
    ReceiptScreen.isShown(),
    Machine.everythingIsReported()
);

laterTour(
    "SmartcashTakeByHandNotAllowed",
    ...toPayment("Lunch"),
    Panel.hasNoTakeOnLine(),
    Machine.send(),
    Machine.refusalMentions("switched on"),
    Machine.run(
        "no way on by hand",
        () =>
            Machine.assert(
                !document.querySelector(".smartcash-take-by-hand"),
                "by hand is offered without the right"
            ),
        ".popup-error"
    ),
    Machine.refusalSays("switched on"),
    Machine.lineIs("nothing", "9.90"),
    Machine.run("nor by calling it", async () => {
        const [line] = window.posmodel.get_order().get_paymentlines();
        const isDone = await line.payment_method.payment_terminal.takeByHand(line);
        Machine.assert(!isDone && !line.is_done(), "it was taken without the right");
    })
);

tour(
    "SmartcashTakeByHandRightWithdrawn",
    ...toPayment("Lunch"),
    Panel.takeOnLine(),
    Machine.run("the right is withdrawn meanwhile", async () => {
        const { orm } = window.posmodel;
        const [rule] = await orm.search("smartcash.rule", []);
        await orm.write("smartcash.rule", [rule], { right_by_hand: false });
    }),
    Panel.pressInTake("confirm"),
    Machine.refusalMentions("You may not take or give cash by hand"),
    Machine.refusalSays("9.90"),
    Machine.lineIs("nothing", "9.90"),
    Machine.everythingIsReported()
);

tour(
    "SmartcashTakeByHandReload",
    ...toPayment("Lunch"),
    Machine.run("the page goes away while Odoo is asked", () => {
        const { ledger } = window.posmodel.env.services.smartcash;
        const call = ledger._call;
        ledger._call = async (model, method, args) => {
            const answer = await call(model, method, args);
            if (method === "register") {
                window.location.reload();
                await new Promise(() => {});
            }
            return answer;
        };
    }),
    Panel.takeOnLine(),
    Panel.pressInTake("confirm"),
    ReceiptScreen.isShown(),
    Machine.everythingIsReported()
);

const withoutOdoo = (isAway) =>
    Machine.run(isAway ? "Odoo goes away" : "Odoo is back", () => {
        const { ledger } = window.posmodel.env.services.smartcash;
        ledger._reachable = ledger._reachable || ledger._call;
        ledger._call = isAway
            ? async () => {
                  throw new Error("no connection");
              }
            : ledger._reachable;
    });

tour(
    "SmartcashTakeByHandOffline",
    ...toPayment("Lunch"),
    withoutOdoo(true),
    Panel.takeOnLine(),
    Panel.pressInTake("confirm"),
    ReceiptScreen.isShown(),
    withoutOdoo(false),
    Machine.everythingIsReported()
);

tour(
    "SmartcashRefundByHand",
    Machine.startRefund("Lunch", "Cashlogy"),
    withoutOdoo(true),
    Panel.takeOnLine(),
    Panel.pressInTake("confirm"),
    Machine.refusalMentions("Odoo cannot be reached"),
    Machine.refusalSays("Give no money"),
    Machine.lineIs("nothing", "9.90"),
    withoutOdoo(false),
    Panel.takeOnLine(),
    Panel.takeShows("9.90"),
    Panel.pressInTake("confirm"),
    Panel.takeSays("Booked"),
    Panel.pressInTake("confirm"),
    ReceiptScreen.isShown(),
    Machine.everythingIsReported()
);

tour(
    "SmartcashTakeByHandNotMoreThanDue",
    ...toPayment("Lunch"),
    Machine.run("the cashier enters the note that the customer gives", () =>
        window.posmodel.get_order().get_paymentlines()[0].set_amount(20)
    ),
    Panel.takeOnLine(),
    Machine.refusalSays("more than what is due"),
    Machine.lineIs("pending", "20")
);

tour(
    "SmartcashTakeByHandNotWhileItRuns",
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.dialogIs("accepting"),
    Machine.run("by hand is not possible while the machine works", async () => {
        const [line] = window.posmodel.get_order().get_paymentlines();
        const uuid = line.smartcash_uuid;
        const isDone = await line.payment_method.payment_terminal.takeByHand(line);
        Machine.assert(!isDone && line.smartcash_uuid === uuid, "it was taken by hand");
        Machine.assert(
            !document.querySelector(".smartcash-take-by-hand"),
            "by hand is offered while the machine works"
        );
    }),
    Machine.insert(1000),
    ReceiptScreen.isShown(),
    Machine.everythingIsReported()
);
