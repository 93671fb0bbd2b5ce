/** @odoo-module */

import { askOdoo } from "../cash_control/cash_machine";
import { collectedTotal, payableTotal } from "./levels_picture";
import { readLevels } from "./read_levels";

/** Seconds; older levels say what was inside, not what is. */
const FRESH = 60;

/**
 * How full one machine of this POS is.
 *
 * @param {import("../smartcash_service").SmartcashService} smartcash
 * @param {number} deviceId
 * @returns {Promise<{levels: Object|null, problem: string}>} never rejects
 */
export function lookInside(smartcash, deviceId) {
    const device = smartcash.devices.find(({ id }) => id === deviceId);
    return readLevels({
        driver: device.transport === "server" ? null : smartcash.driverFor(device),
        ask: (inventory) =>
            askOdoo(smartcash.pos.orm, "smartcash.device", "levels", [[deviceId], inventory]),
    });
}

/**
 * How much can come out of it now.
 *
 * @param {import("../smartcash_service").SmartcashService} smartcash
 * @param {number} deviceId
 * @returns {Promise<{recyclers: number, stacker: number, steps: {in: number, out: number}}|null>} minor
 *     units; null: the machine cannot be asked now
 */
export async function amountsInside(smartcash, deviceId) {
    const { levels } = await lookInside(smartcash, deviceId);
    if (!levels || typeof levels.age !== "number" || levels.age > FRESH) {
        return null;
    }
    return {
        recyclers: payableTotal(levels.levels),
        stacker: collectedTotal(levels.levels),
        steps: levels.steps,
    };
}
