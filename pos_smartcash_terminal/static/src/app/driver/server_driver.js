/** @odoo-module */

import { Driver, DriverError, OPERATION_UNKNOWN } from "./driver";
import { DriverHealth } from "./health";
import { LedgerUnreachable, ledgerError } from "../ledger/errors";
import { isFinal, makeProgress } from "../common/progress";
import { systemClock, withTimeout } from "../common/clock";

const MODEL = "smartcash.operation";
const CALL_TIMEOUT = 15000;
/** ms for which what is known of the device's health is not asked again. */
const KNOWN_FOR = 20000;

/** Refusals of the server engine → what they mean for the runner. Any other one leaves it open. */
const CODES = {
    bad_values: "not_started",
    device_busy: "unavailable",
    device_unreachable: "unreachable",
    no_rule: "denied",
    not_paired: "denied",
    not_yours: "denied",
    right_missing: "denied",
    session_closed: "unavailable",
    unknown_operation: "unknown_operation",
};

/** What the server adds to an operation as it stands when the device itself did not answer. */
const FAULTS = {
    device_busy: "unavailable",
    device_fault: "fault",
    device_protocol: "fault",
    device_refused: "not_started",
    device_unreachable: "unreachable",
};

/**
 * For every device that Odoo itself talks to: the server starts, follows and records, the
 * browser asks. Services: `call(model, method, args)`, and optionally `bus` with
 * `subscribe(uuid, onHint) → unsubscribe`: a hint says that asking now is worth while.
 */
export class ServerDriver extends Driver {
    constructor({ device, services }) {
        super({ device, services });
        this._clock = services.clock || systemClock;
        this._health = new DriverHealth();
        this._toldAt = null;
    }

    /** How often the server may be asked about this make is the server's to say. */
    get pacing() {
        return { fast: 300, idle: 1500, safety: 5000, ...this.device.pacing };
    }

    get startLasts() {
        return this._callTimeout;
    }

    /** A slow device needs more: asked again meanwhile, it would only have more to answer. */
    get _callTimeout() {
        return Math.max(CALL_TIMEOUT, this.device.callTimeout || 0);
    }

    get reportsItself() {
        return true;
    }

    watchHealth(onHealth) {
        return this._health.watch(onHealth);
    }

    /** Odoo answers from what any till has seen of the device in the last minute. */
    async look() {
        if (this._toldAt !== null && this._clock.now() < this._toldAt + KNOWN_FOR) {
            return;
        }
        this._toldAt = this._clock.now();
        try {
            const args = [[this.device.id]];
            const { state, message } = await this._call("smartcash.device", "health", args);
            const isWell = ["online", "busy"].includes(state);
            this._tellHealth(state, isWell ? "" : message);
        } catch (error) {
            // That Odoo does not answer says nothing about the device.
            console.warn("SmartCash: Odoo does not tell how the device is", error);
        }
    }

    _tellHealth(state, text = "") {
        this._toldAt = this._clock.now();
        this._health.tell(state, text ? [{ code: `device_${state}`, text, level: "error" }] : []);
    }

    /**
     * @param {import("./driver").Operation} op
     * @param {{onRequest?: () => void}} [options]
     */
    async start(op, { onRequest } = {}) {
        onRequest?.();
        return this._ask("start", op);
    }

    async poll(op) {
        return this._ask("poll", op);
    }

    async cancel(op) {
        return this._ask("cancel", op);
    }

    async accept(op) {
        return this._ask("accept", op);
    }

    async resend(op) {
        return this._ask("resend", op);
    }

    /** A hint is no result, and may never come: polls go on beside it. */
    subscribe(op, onProgress, onLive) {
        if (!this.services.bus) {
            return null;
        }
        onLive(false);
        return this.services.bus.subscribe(op.uuid, async () => {
            try {
                onProgress(await this.poll(op));
            } catch (error) {
                console.warn("SmartCash: a look after a hint failed; polls go on", error);
            }
        });
    }

    async _ask(method, op) {
        const _t = this._t;
        let answer;
        try {
            answer = await this._call(MODEL, method, [op.uuid]);
        } catch (error) {
            const fault = ledgerError(error);
            if (fault instanceof LedgerUnreachable) {
                throw new DriverError("unreachable", _t("Odoo does not answer."), fault);
            }
            // Whatever broke in Odoo, it may have been after the device was asked.
            throw new DriverError("fault", fault.message, fault);
        }
        const { refused } = answer;
        if (refused) {
            const unknown = refused.code === "unknown_operation";
            const detail = unknown ? { ...refused, code: OPERATION_UNKNOWN } : refused;
            throw new DriverError(CODES[refused.code] || "fault", refused.message, detail);
        }
        let progress;
        try {
            progress = makeProgress(answer);
        } catch (error) {
            throw new DriverError("fault", _t("Odoo sent an invalid response."), error);
        }
        const fault = progress.messages.find(({ code }) => code in FAULTS);
        if (fault && !isFinal(progress)) {
            if (fault.code === "device_unreachable") {
                this._tellHealth("offline", fault.text);
            }
            throw new DriverError(FAULTS[fault.code], fault.text, { operation: op.uuid });
        }
        if (!fault && progress.state === "running") {
            // What has ended is told from the ledger: only of what runs the device was asked.
            this._tellHealth("online");
        }
        return progress;
    }

    _call(model, method, args) {
        return withTimeout(
            this._clock,
            this.services.call(model, method, args),
            this._callTimeout,
            () => new LedgerUnreachable(new Error(`${method}: no answer`))
        );
    }
}
