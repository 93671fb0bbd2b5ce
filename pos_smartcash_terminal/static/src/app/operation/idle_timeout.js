/** @odoo-module */

import { systemClock } from "../common/clock";

const MINUTE = 60000;
/** Why an operation was cancelled that nobody paid: nothing was inside, or not enough. */
export const NOBODY_PAID = "nobody_paid";
export const ABANDONED = "payment_abandoned";
const CODES = [NOBODY_PAID, ABANDONED];

/**
 * Frees a machine whose customer went away: after the device's time without any piece, the operation
 * is cancelled as if the cashier had pressed Cancel, and what is inside comes out again. A deposit
 * without an amount that holds money is left alone: who fills a machine may be at the safe.
 */
export class IdleTimeout {
    /**
     * @param {Object} params
     * @param {number} params.minutes 0: never
     * @param {() => void} params.cancel
     * @param {import("../common/clock").Clock} [params.clock]
     */
    constructor({ minutes, cancel, clock = systemClock }) {
        this._minutes = minutes;
        this._cancel = cancel;
        this._clock = clock;
        this._seen = null;
        this._timer = null;
        this._gaveUp = false;
    }

    /** @param {import("./view").OperationView} view as it stands now */
    hear(view) {
        const waiting = this._minutes > 0 && isWaiting(view) ? whatMoved(view) : null;
        if (waiting === this._seen) {
            return;
        }
        this._seen = waiting;
        this._clock.clearTimeout(this._timer);
        if (waiting !== null) {
            this._timer = this._clock.setTimeout(() => {
                this._gaveUp = true;
                this._cancel();
            }, this._minutes * MINUTE);
        }
    }

    stop() {
        this._seen = null;
        this._clock.clearTimeout(this._timer);
    }

    /**
     * @param {import("./view").OperationView} view
     * @returns {import("./view").OperationView} which says why it was cancelled
     */
    explain(view) {
        const reason = this._reasonOf(view);
        if (!reason || view.messages.some(({ code }) => CODES.includes(code))) {
            return view;
        }
        return { ...view, messages: [...view.messages, { code: reason, text: "", level: "info" }] };
    }

    _reasonOf({ stage, result, inserted }) {
        if (!this._gaveUp || stage !== "ended" || !["nothing", "shortfall"].includes(result)) {
            return null;
        }
        return inserted ? ABANDONED : NOBODY_PAID;
    }
}

/**
 * @param {import("./view").OperationView} view
 * @returns {import("../common/progress").Message|undefined} that the machine was freed, whoever did it
 */
export function freedMessage({ stage, messages }) {
    return stage === "ended" ? messages.find(({ code }) => CODES.includes(code)) : undefined;
}

function isWaiting({ stage, canCancel, kind, due, inserted }) {
    const belongsToCustomer = due > 0 || kind === "exchange";
    return stage === "accepting" && canCancel && (belongsToCustomer || inserted === 0);
}

/** A piece that comes back is a sign of life, too. */
function whatMoved({ inserted, messages }) {
    return `${inserted} ${messages.map(({ code }) => code).join()}`;
}
