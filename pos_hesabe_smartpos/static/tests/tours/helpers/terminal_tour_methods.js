/** @odoo-module */

import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";

/** What happens at a simulated card terminal, and what is special about its dialog. */

const SIMULATOR = "simulator";
export const COUNTER_1 = "29708454";
export const COUNTER_2 = "29708455";

async function happen(action, { terminal = COUNTER_1, ...how }) {
    const base = new URLSearchParams(window.location.search).get(SIMULATOR);
    const answer = await fetch(`${base}/api/terminals/${terminal}/${action}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(how),
    });
    Machine.assert(answer.ok, `${action}: ${answer.status}`);
}

/** pay, decline, cancel or expire: what happens to the payment that a terminal shows. */
export function at(action, how = {}) {
    return Machine.run(
        `at the terminal: ${action}`,
        () => happen(action, how),
        ".smartcash-dialog--accepting"
    );
}

/** The same, where no dialog of a till says that the terminal shows it. */
export function atOnce(action, how = {}) {
    return {
        content: `at the terminal: ${action}`,
        trigger: "body",
        run: () => happen(action, how),
    };
}

/** The dialog's result is gone sooner than a tour looks again. */
export function paySeeing(card, how = {}) {
    return Machine.run(
        `the card is paid, and the dialog shows ${card}`,
        async () => {
            await happen("pay", how);
            let shown = null;
            await Machine.until("a card is shown", () => {
                shown = document.querySelector(".smartcash-dialog .smartcash-card");
                return shown;
            });
            Machine.assert(shown.innerText.includes(card), `shown: ${shown.innerText}`);
        },
        ".smartcash-dialog--accepting"
    );
}

export function lineSays(text) {
    return [
        {
            content: `payment line: ${text}`,
            trigger: `.paymentlines .smartcash-line__status:contains("${text}")`,
            isCheck: true,
        },
    ];
}

/** Names aside, nothing on the dialog is in another script; and it reads from right to left. */
export function dialogIsArabic() {
    return Machine.run(
        "the dialog is in Arabic",
        () => {
            const text = document.querySelector(".smartcash-dialog").innerText;
            const foreign = text.replace(/Counter 1|KNET|Hesabe/g, "").match(/[A-Za-z]{2,}/g);
            Machine.assert(!foreign, `not translated: ${foreign}`);
            const [name, amount] = document
                .querySelector(".smartcash-amounts__row--main")
                .querySelectorAll("dt, dd");
            const [right, left] = [name, amount].map((part) => part.getBoundingClientRect().left);
            Machine.assert(right > left, "the amount stands right of its name");
            const body = document.querySelector(".smartcash-dialog");
            Machine.assert(getComputedStyle(body).direction === "rtl", "it reads left to right");
        },
        ".smartcash-dialog"
    );
}
