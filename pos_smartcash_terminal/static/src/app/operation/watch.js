/** @odoo-module */

import { isOperationUnknown } from "../driver/driver";

const FIRST_BACK_OFF = 500;
const LONGEST_BACK_OFF = 5000;
const LOOK_AGAIN = 700;
/** ms after which a question without an answer counts as "nobody answers", though it may still. */
const SILENCE = 6000;
/** How long after the last movement the next one is expected soon. */
const BUSY_FOR = 3000;
const SLOW_DOWN = 1.5;
/** How long without a movement until nobody seems to be there. */
const DOZE_AFTER = 60000;
/** Whoever is slow to answer is asked less often: so much pause for the time the answer took. */
const PAUSE_PER_WAIT = 2;
const LONGEST_PAUSE = 1000;

/**
 * Looks at one operation until told to stop: pushed messages where the device can push, polls
 * that slow down where nothing moves, and a back-off where nobody answers. It judges nothing;
 * it says what it hears.
 */
export class OperationWatch {
    /**
     * @param {Object} params
     * @param {import("../driver/driver").Driver} params.driver
     * @param {import("../driver/driver").Operation} params.op
     * @param {import("../common/clock").Clock} params.clock
     * @param {(progress: import("../common/progress").Progress) => boolean} params.onProgress returns
     *     whether it said something new
     * @param {() => void} params.onMissing the device answered that it does not know the uuid
     * @param {(error: Error) => void} params.onLost nobody answered
     */
    constructor({ driver, op, clock, onProgress, onMissing, onLost }) {
        this._driver = driver;
        this._op = op;
        this._clock = clock;
        this._onProgress = onProgress;
        this._onMissing = onMissing;
        this._onLost = onLost;
        this._unsubscribe = null;
        this._live = false;
        this._timer = null;
        this._polling = false;
        this._pollAgain = false;
        this._failures = 0;
        this._interval = driver.pacing.fast;
        this._waited = 0;
        this._lastMove = clock.now();
        this._watching = false;
        this._stopped = false;
    }

    /** Listens; call it before the start so that no message is missed. */
    subscribe() {
        try {
            this._live = true;
            this._unsubscribe = this._driver.subscribe(
                this._op,
                (progress) => this._heard(progress),
                (live) => this._setLive(live)
            );
        } catch (error) {
            console.warn("SmartCash: no push from the device, polling instead", error);
        }
        this._live = this._live && Boolean(this._unsubscribe);
    }

    /** @param {boolean} lookNow false when the start has just told how things stand */
    watch(lookNow) {
        this._watching = true;
        this._lastMove = this._clock.now();
        if (lookNow) {
            this._poll();
        } else {
            this._schedule();
        }
    }

    /** Something was asked of the device: its answer is expected soon. */
    nudge() {
        this._lastMove = this._clock.now();
        if (this._watching && !this._live) {
            this._schedule();
        }
    }

    stop() {
        this._stopped = true;
        this._clock.clearTimeout(this._timer);
        if (this._unsubscribe) {
            this._unsubscribe();
            this._unsubscribe = null;
        }
    }

    _heard(progress) {
        if (this._stopped) {
            return;
        }
        this._failures = 0;
        if (this._onProgress(progress)) {
            this._lastMove = this._clock.now();
        }
    }

    _setLive(live) {
        const changed = live !== this._live;
        this._live = live;
        // What happened while nobody listened must be asked for.
        if (changed && this._watching && !this._stopped) {
            this._poll();
        }
    }

    async _poll() {
        if (this._polling) {
            this._pollAgain = true;
            return;
        }
        this._clock.clearTimeout(this._timer);
        this._polling = true;
        this._pollAgain = false;
        const asked = this._clock.now();
        const silence = this._clock.setTimeout(() => this._hearNothing(), SILENCE);
        /** @type {number|null} */
        let delay = null;
        try {
            const progress = await this._driver.poll(this._op);
            this._waited = this._clock.now() - asked;
            this._heard(progress);
        } catch (error) {
            delay = this._failed(error);
        } finally {
            this._clock.clearTimeout(silence);
            this._polling = false;
        }
        if (this._pollAgain && delay === null) {
            this._poll();
        } else {
            this._schedule(delay);
        }
    }

    _hearNothing() {
        if (!this._stopped && !this._live) {
            this._onLost(new Error("no answer"));
        }
    }

    /** @returns {number} ms until the next look */
    _failed(error) {
        if (this._stopped) {
            return 0;
        }
        if (isOperationUnknown(error)) {
            this._failures = 0;
            this._onMissing();
            return LOOK_AGAIN;
        }
        this._failures++;
        // One unanswered safety poll says little while messages still arrive.
        if (!this._live || this._failures > 1) {
            this._onLost(error);
        }
        return Math.min(FIRST_BACK_OFF * 2 ** (this._failures - 1), LONGEST_BACK_OFF);
    }

    /** @param {number|null} [delay] ms; null: as the driver's pacing has it */
    _schedule(delay = null) {
        if (this._stopped) {
            return;
        }
        this._clock.clearTimeout(this._timer);
        this._timer = this._clock.setTimeout(() => this._poll(), delay ?? this._nextInterval());
    }

    _nextInterval() {
        const { fast, idle, doze = idle, safety } = this._driver.pacing;
        if (this._live) {
            return safety;
        }
        const calm = this._clock.now() - this._lastMove;
        const slowest = calm < DOZE_AFTER ? idle : doze;
        this._interval = calm < BUSY_FOR ? fast : Math.min(this._interval * SLOW_DOWN, slowest);
        return Math.max(this._interval, Math.min(PAUSE_PER_WAIT * this._waited, LONGEST_PAUSE));
    }
}
