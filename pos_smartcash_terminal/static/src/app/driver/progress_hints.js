/** @odoo-module */

const HINT = "SMARTCASH_OPERATION";

/**
 * What Odoo sends to the session's channel when it has heard of an operation by itself, e.g. from a
 * webhook. It says "look now" and nothing else: the truth is asked for.
 */
export class ProgressHints {
    /** @param {EventTarget} bus Odoo's `bus_service` */
    constructor(bus) {
        this._looks = new Map();
        bus.addEventListener("notification", (/** @type {CustomEvent} */ event) => {
            for (const { type, payload } of event.detail) {
                if (type === HINT) {
                    this._looks.get(payload?.uuid)?.();
                }
            }
        });
    }

    /**
     * @param {string} uuid
     * @param {() => void} onHint
     * @returns {() => void} unsubscribe
     */
    subscribe(uuid, onHint) {
        this._looks.set(uuid, onHint);
        return () => {
            if (this._looks.get(uuid) === onHint) {
                this._looks.delete(uuid);
            }
        };
    }
}
