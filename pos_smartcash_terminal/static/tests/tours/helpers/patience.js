/** @odoo-module */

import { registry } from "@web/core/registry";

/**
 * A machine that is busy is no reason to fail: each step of our tours may wait this long (ms), also
 * those of core's helpers, which have ten seconds. What a step waits for is not changed.
 */
export const PATIENCE = 60000;

const OURS = /^(Smartcash|Cashdro|Hesabe)/;

function makePatient(name, tour) {
    if (!OURS.test(name) || tour.isPatient) {
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
