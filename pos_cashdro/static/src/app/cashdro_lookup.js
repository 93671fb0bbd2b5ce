/** @odoo-module */

import { isOperationUnknown, isRefusal } from "@pos_smartcash_terminal/app/driver/driver";
import { TYPE } from "./cashdro_client";

/** How many operations that are not imported yet are looked at for ours. */
const PENDING_LOOKS = 5;
/** ms by which the machine's clock may be off. */
const CLOCK_WINDOW = 24 * 60 * 60 * 1000;

/**
 * @param {import("./cashdro_client").CashdroClient} client
 * @param {string} id
 * @returns {Promise<import("./cashdro_answers").CashdroStatus|null>} null: the machine has no such
 *     operation
 */
export async function askOrNull(client, id) {
    try {
        return await client.ask(id);
    } catch (error) {
        if (!isOperationUnknown(error)) {
            throw error;
        }
        return null;
    }
}

/**
 * An operation by the alias that we gave it, for when its number got lost.
 *
 * @param {import("./cashdro_client").CashdroClient} client
 * @param {Object} wanted
 * @param {string} wanted.uuid
 * @param {string} wanted.terminal
 * @param {number} wanted.since when it was sent at the earliest, ms since the epoch
 * @param {number} wanted.now
 * @returns {Promise<import("./cashdro_answers").CashdroStatus|null>}
 */
export async function findByAlias(client, { uuid, terminal, since, now }) {
    const running = await client.executing();
    const waiting = await allowed(client.pending(terminal), []);
    const newest = waiting
        .sort((one, other) => Number(other) - Number(one))
        .slice(0, PENDING_LOOKS);
    for (const id of new Set(running ? [running, ...newest] : newest)) {
        const status = await askOrNull(client, id);
        if (status?.alias === uuid) {
            return status;
        }
    }
    const moved = await allowed(
        client.movements(since - CLOCK_WINDOW, now + CLOCK_WINDOW, Object.values(TYPE)),
        []
    );
    const found = moved.find(({ alias }) => alias === uuid);
    return found ? askOrNull(client, found.id) : null;
}

/**
 * What our user of the machine is not allowed to ask, we do without.
 *
 * @template T
 * @param {Promise<T>} question
 * @param {T} otherwise
 * @returns {Promise<T>}
 */
export async function allowed(question, otherwise) {
    try {
        return await question;
    } catch (error) {
        if (!isRefusal(error)) {
            throw error;
        }
        console.warn("SmartCash: the machine does not answer this user", error);
        return otherwise;
    }
}
