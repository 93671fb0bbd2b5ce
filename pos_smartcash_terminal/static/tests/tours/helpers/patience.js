/** @odoo-module */

import { registry } from "@web/core/registry";

/**
 * A machine that is busy is no reason to fail: each step of our tours may wait this long (ms), also
 * those of core's helpers, which have ten seconds. What a step waits for is not changed.
 */
export const PATIENCE = 60000;

/** With what the names of our tours begin; a make whose tours are called otherwise adds its own. */
const prefixes = ["Smartcash"];

/** @param {string} prefix of the names of more tours that wait for a machine */
export function waitInToursNamed(prefix) {
    prefixes.push(prefix);
    tours.getEntries().forEach(([name, tour]) => makePatient(name, tour));
}

function makePatient(name, tour) {
    if (!prefixes.some((prefix) => name.startsWith(prefix)) || tour.isPatient) {
        return;
    }
    const { steps } = tour;
    tour.isPatient = true;
    tour.steps = () =>
        steps().map((step) => ({ ...step, timeout: Math.max(step.timeout || 0, PATIENCE) }));
}

const tours = registry.category("web_tour.tours");
tours.getEntries().forEach(([name, tour]) => makePatient(name, tour));
tours.addEventListener("UPDATE", ({ detail: { operation, key, value } }) => {
    if (operation === "add") {
        makePatient(key, value);
    }
});
