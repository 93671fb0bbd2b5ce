/** @odoo-module */

/** ms between two starts that the machine refused although nothing runs in it; the last one counts on. */
const PAUSES = [1000, 1500, 2000, 2500, 3000];
export const LONGEST_PAUSE = PAUSES.at(-1);

/**
 * A machine may refuse a start for a moment although nothing runs in it. What it refused is queued
 * nowhere, so it is asked again; what got no answer never is.
 *
 * @param {import("./cashdro_client").CashdroClient} client
 * @param {Object} wish as `CashdroClient.start` takes it
 * @param {Object} params
 * @param {import("@pos_smartcash_terminal/app/common/clock").Clock} params.clock
 * @param {number} params.patience ms
 * @param {() => void} params.onRequest called before each further request; it throws when the request
 *     must not be sent any more
 * @returns {Promise<string>} the machine's number of the operation
 */
export async function startWhenReady(client, wish, { clock, patience, onRequest }) {
    const giveUpAt = clock.now() + patience;
    for (let attempt = 0; ; attempt++) {
        try {
            return await client.start(wish);
        } catch (error) {
            const pause = PAUSES[Math.min(attempt, PAUSES.length - 1)];
            const isLate = clock.now() + pause > giveUpAt;
            if (!isBusy(error) || isLate || !(await isIdle(client, onRequest))) {
                throw error;
            }
            await new Promise((resolve) => clock.setTimeout(() => resolve(undefined), pause));
        }
        onRequest();
    }
}

function isBusy(error) {
    return ["device_busy", "loading"].includes(error.detail?.code);
}

async function isIdle(client, onRequest) {
    onRequest();
    try {
        return !(await client.executing());
    } catch (error) {
        console.warn("SmartCash: the machine is busy and does not tell with what", error);
        return false;
    }
}
