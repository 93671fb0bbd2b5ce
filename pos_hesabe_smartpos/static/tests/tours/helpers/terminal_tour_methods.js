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
