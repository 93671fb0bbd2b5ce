/** @odoo-module */

import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Machine from "./machine_tour_methods";

/** Tours of payment methods that start as soon as they are chosen. They count what the cashier taps. */

/** Every tap from here on, whatever it meets. */
function countTaps() {
    return Machine.run("count the taps", () => {
        window.smartcashTaps = [];
        const note = ({ target }) => window.smartcashTaps.push(target.className || target.tagName);
        document.addEventListener("click", note, { capture: true });
    });
}

export function tapsAre(count) {
    return Machine.run(`${count} taps`, () => {
        const { smartcashTaps: taps } = window;
        Machine.assert(taps.length === count, `${taps.length} taps: ${taps.join(" | ")}`);
    });
}

export function linesAre(...methods) {
    return Machine.run(`the lines are ${methods}`, () => {
        const lines = window.posmodel.get_order().get_paymentlines();
        const names = lines.map((line) => line.payment_method.name);
        Machine.assert(names.join() === methods.join(), `the lines are ${names}`);
    });
}

function press(content, trigger, times = 1) {
    return [
        {
            content,
            trigger,
            run: () => {
                const button = document.querySelector(trigger);
                for (let time = 0; time < times; time++) {
                    button.click();
                }
            },
        },
    ];
}

/** The order is there: from here on the taps count, *Payment* among them. */
export function goToPayment() {
    return [
        ...countTaps(),
        ...press("go to payment", ".product-screen .pay-order-button"),
        { content: "at the payment", trigger: ".payment-screen", isCheck: true },
    ];
}

export function chooseTwice(method) {
    return Machine.run(
        `choose ${method} with a double tap`,
        () => {
            const buttons = [...document.querySelectorAll(".paymentmethods .paymentmethod")];
            const button = buttons.find((one) => one.innerText.includes(method));
            button.click();
            button.click();
        },
        ".paymentmethods .paymentmethod"
    );
}

export function nothingIsOpen() {
    return [
        ...Machine.dialogIsGone(),
        { content: "no word of an error", trigger: "body:not(:has(.popup-error))", isCheck: true },
    ];
}

export function receipt(taps) {
    return [...Machine.dialogIsGone(), ...ReceiptScreen.isShown(), ...tapsAre(taps)];
}

/**
 * *Payment*, the method, and then nothing but the receipt.
 *
 * @param {object[]} customer what happens at the machine
 */
export function paidInTwoTaps(product, method, customer) {
    return [
        ...Machine.pickProduct(product),
        ...goToPayment(),
        ...Machine.chooseMethod(method),
        ...Machine.dialogIs("accepting"),
        ...customer,
        ...receipt(2),
    ];
}

/** A wet finger: one line, one operation, and no word about a payment in progress. */
export function paidWithDoubleTap(product, method, customer) {
    return [
        ...Machine.pickProduct(product),
        ...goToPayment(),
        ...chooseTwice(method),
        ...linesAre(method),
        ...Machine.dialogIs("accepting"),
        { content: "no word of an error", trigger: "body:not(:has(.popup-error))", isCheck: true },
        ...customer,
        ...receipt(3),
    ];
}

/** Money that goes out waits for a person, and says how much. */
export function refundWaits(product, method) {
    return [
        ...Machine.startRefund(product, method),
        ...Machine.lineIs("pending"),
        ...nothingIsOpen(),
        ...Machine.chooseMethod(method),
        ...Machine.lineIs("pending"),
        ...nothingIsOpen(),
        ...linesAre(method),
    ];
}
