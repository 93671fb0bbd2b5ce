/** @odoo-module */

import { PATIENCE } from "./patience";

/**
 * What a customer does at the simulated machine, what the cashier sees on the dialog, and what
 * the payment lines say. Amounts for the machine: minor units; on screens: as formatted.
 */

const CONNECTED_BY = "simulator";

async function call(path, body) {
    const base = new URLSearchParams(window.location.search).get(CONNECTED_BY);
    const answer = await fetch(base + path, {
        method: body ? "POST" : "GET",
        headers: body ? { "Content-Type": "application/json" } : {},
        body: body ? JSON.stringify(body) : undefined,
    });
    if (!answer.ok) {
        throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    }
    return answer.json();
}

/** Polls until the condition holds; a tour's own waiting sees the page only. */
export async function until(what, condition) {
    const end = Date.now() + PATIENCE;
    while (!(await condition())) {
        if (Date.now() > end) {
            throw new Error(`Waited in vain until ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 30));
    }
}

function check(content, trigger) {
    return [{ content, trigger, isCheck: true }];
}

/** What the dialogs said at their ends. Some close by themselves, perhaps before a tour looks again. */
const endings = new Set();
new MutationObserver(() => {
    const dialog = document.querySelector(".smartcash-dialog");
    const moved = dialog?.querySelector(".smartcash-moved");
    if (dialog) {
        endings.add(`${dialog.className} ${moved?.textContent ?? ""}`);
    }
}).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });

// The customer and the machine

export function insert(value, count = 1) {
    return [
        {
            content: `customer inserts ${count} × ${value}`,
            trigger: ".smartcash-dialog--accepting",
            run: async () => {
                await until(
                    "the machine accepts",
                    async () => (await call("/api/state")).accepting
                );
                await call("/api/insert", { value, count, wait: false });
            },
        },
    ];
}

/** Somebody takes the stacker out ("remove") or puts it back ("replace"). */
export function stacker(action) {
    return [
        {
            content: `stacker: ${action}`,
            trigger: ".smartcash-dialog--collecting",
            run: async () => {
                await until(
                    "the stacker can be moved",
                    async () => (await call("/api/state")).cassette.unlocked
                );
                await call("/api/stacker", { action });
            },
        },
    ];
}

export function takeFromTray() {
    return run("the customer takes what came out", () => call("/api/take", {}));
}

/** The machine's plug; without `keep_memory` it forgets what it was doing. */
export function power(on, options = {}) {
    const body = { on, ...options };
    return run(`power: ${JSON.stringify(body)}`, () => call("/api/power", body), "body");
}

/** A button on the machine's own screen: "cancel" or "accept". */
export function pressOnMachine(button) {
    return run(`at the machine: ${button}`, () => call("/api/screen", { press: button }), "body");
}

export function breakMachine(faults) {
    return [
        {
            content: `the machine breaks: ${JSON.stringify(faults)}`,
            trigger: "body",
            run: () => call("/api/faults", faults),
        },
    ];
}

// The dialog

export function dialogIs(step) {
    return check(`dialog is ${step}`, `.smartcash-dialog--${step}`);
}

export function dialogShows(what, text) {
    return check(
        `dialog: ${what} ${text}`,
        `.smartcash-dialog .smartcash-${what}:contains("${text}")`
    );
}

export function dialogIsGone() {
    return check("dialog is gone", "body:not(:has(.smartcash-dialog))");
}

/**
 * A dialog that closes by itself was seen to end like that, and is gone.
 *
 * @param {string} step "paid" or "nothing"
 * @param {string} [moved] the amount it says
 */
export function dialogEnded(step, moved = "") {
    const saw = (ending) => ending.includes(`--${step}`) && ending.includes(moved);
    const seen = run(
        `the dialog ended: ${step} ${moved}`,
        async () => {
            await until(`the dialog ends: ${step} ${moved}`, () => [...endings].some(saw));
            endings.clear();
        },
        "body"
    );
    return [...seen, ...dialogIsGone()];
}

export function press(button) {
    return [
        {
            content: `press ${button} on the dialog`,
            trigger: `.smartcash-dialog .smartcash-${button}:not(:disabled)`,
        },
    ];
}

/** A scanner or a hand on the keyboard while the machine works. */
export function type(...keys) {
    return [
        {
            content: `type ${keys.join(" ")}`,
            trigger: ".smartcash-dialog",
            run: () => {
                for (const key of keys) {
                    for (const name of ["keydown", "keyup"]) {
                        const event = new KeyboardEvent(name, { key, bubbles: true });
                        document.activeElement.dispatchEvent(event);
                    }
                }
            },
        },
    ];
}

/** @returns {boolean} whether the browser is kept from what it does by itself */
export function pressKey(target, key) {
    const isFree = ["keydown", "keypress", "keyup"].map((name) =>
        target.dispatchEvent(new KeyboardEvent(name, { key, bubbles: true, cancelable: true }))
    );
    return isFree.every((one) => !one);
}

// The payment lines

export function send() {
    return [{ content: "send to the machine", trigger: ".send_payment_request" }];
}

/** Money that goes out is seen first: the button says how much. */
export function payoutShows(amount) {
    return check(
        `to give out: ${amount}`,
        `.smartcash-money-out:has(.smartcash-take__amount:contains("${amount}")) .smartcash-money-out-confirm:contains("${amount}")`
    );
}

/** @param {string} [amount] as the button says it */
export function confirmPayout(amount = "") {
    return [
        {
            content: `give out ${amount}`,
            trigger: `.smartcash-money-out-confirm:contains("${amount}"):not(:disabled)`,
        },
    ];
}

export function sendPayout(amount = "") {
    return [...send(), ...confirmPayout(amount)];
}

export function sendTwice() {
    return [
        {
            content: "send to the machine with a double click",
            trigger: ".send_payment_request",
            run: () => {
                const button = document.querySelector(".send_payment_request");
                button.click();
                button.click();
            },
        },
    ];
}

export function checkLine() {
    return [{ content: "look how it stands", trigger: ".smartcash-line .smartcash-check" }];
}

export function lineIs(step, amount = "") {
    return check(
        `payment line is ${step} ${amount}`,
        `.paymentlines:has(.payment-amount:contains("${amount}")) .smartcash-line--${step}`
    );
}

export function refusalMentions(text) {
    return check(`refused because: ${text}`, `.popup-error:contains("${text}")`);
}

export function refusalSays(text) {
    return [
        ...refusalMentions(text),
        { content: "close the refusal", trigger: ".popup-error .button" },
    ];
}

export function notificationSays(text) {
    return check(
        `notification: ${text}`,
        `.o_pos_notification_manager .o_notification:contains("${text}")`
    );
}

// The order and the books

export function pickProduct(name) {
    return [
        {
            content: `add ${name}`,
            trigger: `.product-list .product-name:contains("${name}")`,
        },
        ...check(`${name} is on the order`, `.order-container .orderline:contains("${name}")`),
    ];
}

/** From the products to a payment that the machine works on. */
export function startPaying(product, method) {
    return [
        ...pickProduct(product),
        { content: "go to payment", trigger: ".product-screen .pay-order-button" },
        ...chooseMethod(method),
        ...send(),
    ];
}

/** The same for an order that gives money back; the line is there and not sent yet. */
export function startRefund(product, method) {
    return [
        ...pickProduct(product),
        ...run("the order becomes a refund", () =>
            window.posmodel.get_order().get_selected_orderline().set_quantity(-1)
        ),
        { content: "go to payment", trigger: ".product-screen .pay-order-button" },
        ...chooseMethod(method),
    ];
}

export function chooseMethod(method) {
    return [
        {
            content: `pay with ${method}`,
            trigger: `.paymentmethods .paymentmethod:contains("${method}")`,
        },
    ];
}

export function receiptShows(text) {
    return check(`receipt: ${text}`, `.receipt-screen .pos-receipt:contains("${text}")`);
}

export function everythingIsReported() {
    return [
        {
            content: "Odoo has heard of every operation",
            trigger: "body",
            run: () => {
                const { ledger } = window.posmodel.env.services.smartcash;
                return until("the outbox is empty", async () => (await ledger.flush()) === 0);
            },
        },
    ];
}

export function run(content, action, trigger = ".pos") {
    return [{ content, trigger, run: action }];
}

/** Odoo has been asked so often how the operation stands. */
export function isPolled(times) {
    return run(
        `asked ${times} times`,
        async () => {
            let seen = 0;
            const observer = new PerformanceObserver((list) => {
                const polls = list
                    .getEntries()
                    .filter(({ name }) => name.endsWith("/smartcash.operation/poll"));
                seen += polls.length;
            });
            observer.observe({ type: "resource" });
            try {
                await until(`Odoo is asked ${times} times`, () => seen >= times);
            } finally {
                observer.disconnect();
            }
        },
        "body"
    );
}

export function assert(condition, message) {
    if (!condition) {
        throw new Error(message);
    }
}
