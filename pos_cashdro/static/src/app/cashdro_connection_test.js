/** @odoo-module */

import { CashdroClient } from "./cashdro_client";
import { toInventory } from "./cashdro_inventory";

/**
 * Does this browser reach the machine; and if not, why, and what is the next step?
 *
 * @param {ConstructorParameters<typeof CashdroClient>[0] & {networkAccountWarning?: string}} params
 *     as the client's, and what to say when everybody in the machine's network can start something
 * @returns {Promise<{ok: boolean, code: string, state: string, text: string, inventory?: Object}>}
 *     state: of the device, as far as it can be known from here; inventory: what is inside, of a machine
 *     that is not busy
 */
export async function testConnection({ networkAccountWarning = "", ...params }) {
    const { _t, currency = "" } = params;
    try {
        const client = new CashdroClient(params);
        await client.test();
        await client.proveUnit();
        const running = await client.executing();
        const warning = (await client.hasNetworkAccount()) ? networkAccountWarning : "";
        if (running) {
            const text = _t("The machine answers, and is busy now.");
            return verdict("machine_busy", "busy", text, warning);
        }
        const ready = _t("The machine answers this browser and is ready.");
        return {
            ...verdict("ok", "online", ready, warning),
            inventory: toInventory(await client.levels(currency), currency),
        };
    } catch (error) {
        const state = error.code === "unreachable" ? "offline" : "error";
        return { ok: false, code: error.detail?.code, state, text: error.message };
    }
}

function verdict(code, state, text, warning) {
    return { ok: true, code, state, text: [text, warning].filter(Boolean).join(" ") };
}
