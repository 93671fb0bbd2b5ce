/** @odoo-module */

import { useEnv } from "@odoo/owl";

/**
 * The service that knows the machines; null where it is missing or could not start. The Point of
 * Sale works without it, and takes no money through machines then.
 *
 * @param {Object} env
 * @returns {import("../smartcash_service").SmartcashService|null}
 */
export function smartcashOf(env) {
    const { smartcash } = env.services;
    // Odoo keeps the error in the place of a service that failed while it started.
    return smartcash instanceof Error ? null : smartcash || null;
}

/** The same for a component. */
export function useSmartcash() {
    return smartcashOf(useEnv());
}
