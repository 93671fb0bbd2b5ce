/** @odoo-module */

import * as Machine from "./machine_tour_methods";

/** What a cashier does at the opening, at the closing and with cash in and out. */

function check(content, trigger) {
    return [{ content, trigger, isCheck: true }];
}

/** Odoo's Input component listens to `input` events. */
function type(content, trigger, value) {
    return [{ content, trigger, run: `text ${value}` }];
}

// Opening and closing

export function popupShows(what, text = "") {
    return check(
        `${what}: ${text}`,
        `.smartcash-cash-popup .smartcash-${what}:contains("${text}")`
    );
}

export function totalIs(text) {
    return check(`the machine has ${text}`, `.smartcash-count__total:contains("${text}")`);
}

/** @param {string} [name] of one machine among several */
function machine(name) {
    return name ? `.smartcash-count[data-machine="${name}"]` : ".smartcash-count";
}

export function machineIsCounted(name) {
    return check("the machine is counted", `${machine(name)}.smartcash-count--counted`);
}

export function machineCountShows(name, text) {
    return check(`${name}: ${text}`, `${machine(name)}:contains("${text}")`);
}

export function handIs(text) {
    return [
        {
            content: `hand cash is ${text}`,
            trigger: ".smartcash-hand input",
            run: () => {
                const { value } = document.querySelector(".smartcash-hand input");
                if (value !== text) {
                    throw new Error(`hand cash is ${value}, not ${text}`);
                }
            },
        },
    ];
}

export function typeHand(amount) {
    return type(`hand cash: ${amount}`, ".smartcash-hand input", amount);
}

/** Why what was typed as hand cash, or as the machine's, is no amount. */
export function amountProblem(text) {
    return check(`no amount: ${text}`, `.smartcash-amount-problem:contains("${text}")`);
}

export function cannotOpenSession() {
    return check("cannot open", ".opening-cash-control .modal-footer .button:disabled");
}

export function cannotClose() {
    return check(
        "cannot close",
        ".close-pos-popup:not(:has(.footer .button.highlight:not(:disabled)))"
    );
}

export function countAgain() {
    return [{ content: "count again", trigger: ".smartcash-count-again" }];
}

/** The machine cannot be reached: a person says what is in it. */
export function enterTotal(total, reason, name) {
    const where = machine(name);
    return [
        ...check("why the machine is not counted", `${where} .smartcash-count__problem`),
        ...type(`cash in the machine: ${total}`, `${where} .smartcash-typed-total input`, total),
        ...check("not without a reason", `${where} .smartcash-use-typed:disabled`),
        ...type(`reason: ${reason}`, `${where} .smartcash-reason`, reason),
        { content: "use this amount", trigger: `${where} .smartcash-use-typed:not(:disabled)` },
        ...check("marked as counted by hand", `${where} .smartcash-count__by-hand`),
    ];
}

export function openSession() {
    return [
        {
            content: "open the session with a double click",
            trigger: ".opening-cash-control .modal-footer .button:not(:disabled)",
            run: () => {
                const button = document.querySelector(
                    ".opening-cash-control .modal-footer .button"
                );
                button.click();
                button.click();
            },
        },
        ...check("the session is open", "body:not(:has(.opening-cash-control))"),
    ];
}

export function startClosing() {
    return [
        { content: "open the menu", trigger: ".menu-button" },
        { content: "close the session", trigger: ".close-button" },
    ];
}

/** The browser's data is lost, and with it the order; the till itself does not let go of it. */
export function loseOrder() {
    return Machine.run("the till loses the order", () => {
        const { posmodel } = window;
        const order = posmodel.get_order();
        posmodel.removeOrder(order);
        Machine.assert(posmodel.orders.includes(order), "an order with machine money was removed");
        window.smartcashOrder = order;
        posmodel.orders.remove(order);
        posmodel.db.remove_unpaid_order(order);
    });
}

export function findOrderAgain() {
    return Machine.run("the till finds the order again", () =>
        window.posmodel.orders.add(window.smartcashOrder)
    );
}

export function lookAgain() {
    return [{ content: "look again", trigger: ".smartcash-look-again" }];
}

export function finishClosing() {
    return [
        {
            content: "close",
            trigger: ".close-pos-popup .footer .button.highlight:not(:disabled)",
        },
        ...check("back in the backend", ".o_web_client"),
    ];
}

export function discardClosing() {
    return [
        {
            content: "discard the closing",
            trigger: '.close-pos-popup .footer .button:contains("Discard")',
        },
    ];
}

/** @param {string} effect what the till says that the decision books */
export function decide(resolution, reason, effect = "Books") {
    return [
        { content: `decide: ${resolution}`, trigger: `.smartcash-resolve-${resolution}` },
        ...check(
            `it says what it books: ${effect}`,
            `.smartcash-question__effect:contains("${effect}")`
        ),
        ...check("not without a reason", ".smartcash-decide:disabled"),
        ...type(`reason: ${reason}`, ".smartcash-question .smartcash-reason", reason),
        { content: "decide", trigger: ".smartcash-decide:not(:disabled)" },
    ];
}

// Cash in and out

/** Nothing here reads core's words: tours run in other languages too. */
export function fillCashMove(kind, amount, reason) {
    return [
        { content: "open the menu", trigger: ".menu-button" },
        {
            content: "cash in or out",
            trigger: "li.navbar-button.menu-item:first",
        },
        {
            content: `cash ${kind}`,
            trigger: `.cash-move-popup .input-type:${kind === "in" ? "first" : "last"}`,
        },
        ...(amount ? type(`amount ${amount}`, ".cash-move-popup .input-amount input", amount) : []),
        ...type(`reason: ${reason}`, ".cash-move-popup #reason", reason),
    ];
}

export function changeCashMoveAmount(amount) {
    return type(`amount ${amount}`, ".cash-move-popup .input-amount input", amount);
}

export function confirmCashMove() {
    return [{ content: "confirm", trigger: ".smartcash-move-confirm:not(:disabled)" }];
}

/** With a double tap. */
export function confirmCashMoveTwice() {
    const trigger = ".smartcash-move-confirm:not(:disabled)";
    return [
        {
            content: "confirm with a double tap",
            trigger,
            run: () => {
                const button = document.querySelector(trigger);
                button.click();
                button.click();
            },
        },
    ];
}

/** The button says in full what it does. */
export function cashMoveButtonSays(text) {
    return check(`the button says: ${text}`, `.smartcash-move-confirm:contains("${text}")`);
}

export function cashMoveIsNotPossible() {
    return check("it cannot be confirmed", ".smartcash-move-confirm:disabled");
}

export function typeCashMoveAmount(amount) {
    return type(`amount ${amount}`, ".cash-move-popup .input-amount input", amount);
}

/** As a scanner does: all at once into the field that has the focus, and then Enter. */
export function scanCashMoveAmount(code) {
    return [
        {
            content: `scan ${code}`,
            trigger: ".cash-move-popup .input-amount input",
            run: () => {
                const input = document.querySelector(".cash-move-popup .input-amount input");
                input.focus();
                input.value = code;
                input.dispatchEvent(new InputEvent("input", { bubbles: true }));
                Machine.pressKey(input, "Enter");
            },
        },
    ];
}

/** Enter does not even press the button that was touched last. */
export function enterOnCashMoveButton() {
    return Machine.run(
        "Enter on the button",
        () => {
            const button = document.querySelector(".smartcash-move-confirm");
            button.focus();
            Machine.assert(Machine.pressKey(button, "Enter"), "Enter presses the button");
            Machine.assert(Machine.pressKey(button, " "), "Space presses the button");
        },
        ".smartcash-move-confirm:not(:disabled)"
    );
}

export function discardCashMove() {
    return [
        { content: "discard", trigger: ".cash-move-popup .button.cancel" },
        ...check("it is gone", "body:not(:has(.cash-move-popup))"),
    ];
}

export function cashMoveByHand() {
    return [
        { content: "by hand", trigger: ".smartcash-by-hand-move:not(:disabled)" },
        ...check("booked", "body:not(:has(.cash-move-popup))"),
    ];
}

export function cashMoveProblem(text) {
    return check(`not possible: ${text}`, `.smartcash-move-problem:contains("${text}")`);
}

/** The receipts of cash moves that this page printed, each as text. */
export function watchPrinter() {
    return Machine.run("watch the printer", () => {
        window.smartcashPrinted = [];
        const { printer } = window.posmodel.env.services;
        printer.print = async (component, props) => {
            window.smartcashPrinted.push(`${props.translatedType} ${props.formattedAmount}`);
        };
    });
}

/** @param {string} text of the one receipt since the last look */
export function printed(text) {
    return Machine.run(`printed: ${text}`, async () => {
        await Machine.until(`printed: ${text}`, () => window.smartcashPrinted.length);
        const found = window.smartcashPrinted.splice(0);
        Machine.assert(
            found.length === 1 && found[0].replace("\u00a0", " ").includes(text),
            `printed: ${JSON.stringify(found)}`
        );
    });
}
