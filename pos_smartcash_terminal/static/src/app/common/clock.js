/** @odoo-module */

/**
 * Time as a thing that can be handed in, so that every wait can be tested.
 *
 * @typedef {Object} Clock
 * @property {() => number} now ms since the epoch
 * @property {(callback: () => void, ms: number) => any} setTimeout
 * @property {(id: any) => void} clearTimeout
 */

/** @type {Clock} */
export const systemClock = {
    now: () => Date.now(),
    setTimeout: (callback, ms) => setTimeout(callback, ms),
    clearTimeout: (id) => clearTimeout(id),
};

/**
 * Waits no longer than `ms`. A request that can be aborted is, when it is given up: an open one
 * would hold a connection for as long as the page lives.
 *
 * @template T
 * @param {Clock} clock
 * @param {Promise<T> & {abort?: () => void}} promise
 * @param {number} ms
 * @param {() => Error} makeError
 * @returns {Promise<T>} rejects when the promise takes longer
 */
export function withTimeout(clock, promise, ms, makeError) {
    return new Promise((resolve, reject) => {
        const timer = clock.setTimeout(() => {
            reject(makeError());
            promise.abort?.();
        }, ms);
        Promise.resolve(promise)
            .then(resolve, reject)
            .finally(() => clock.clearTimeout(timer));
    });
}
