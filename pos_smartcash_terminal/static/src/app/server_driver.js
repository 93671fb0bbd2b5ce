/** @odoo-module */

import { Driver, DriverError, OPERATION_UNKNOWN } from "./driver";
import { LedgerUnreachable, ledgerError } from "./ledger_errors";
import { isFinal, makeProgress } from "./progress";
import { systemClock, withTimeout } from "./clock";

const MODEL = "smartcash.operation";
const CALL_TIMEOUT = 15000;

/** Refusals of the server engine → what they mean for the runner. */
const CODES = { device_busy: "busy", device_unreachable: "unreachable" };

/** What the server adds to an operation as it stands when the device itself did not answer. */
const FAULTS = {
    device_busy: "busy",
    device_refused: "refused",
    device_unreachable: "unreachable",
    device_protocol: "protocol",
};

/**
 * For every device that Odoo itself talks to: the server starts, follows and records, the
 * browser asks. Services: `call(model, method, args)`, and optionally `bus` with
 * `subscribe(uuid, onHint) → unsubscribe`: a hint says that asking now is worth while.
 */
export class ServerDriver extends Driver {
    /** How often the server may be asked about this make is the server's to say. */
    get pacing() {
        return { fast: 300, idle: 1500, safety: 5000, ...this.device.pacing };
    }

    get reportsItself() {
        return true;
    }

    async start(op) {
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
            answer = await withTimeout(
                this.services.clock || systemClock,
                this.services.call(MODEL, method, [op.uuid]),
                CALL_TIMEOUT,
                () => new LedgerUnreachable(new Error(`${method}: no answer`))
            );
        } catch (error) {
            const fault = ledgerError(error);
            if (fault instanceof LedgerUnreachable) {
                throw new DriverError("unreachable", _t("Odoo does not answer."), fault);
            }
            throw new DriverError(fault.lasting ? "refused" : "protocol", fault.message, fault);
        }
        const { refused } = answer;
        if (refused) {
            const unknown = refused.code === "unknown_operation";
            const detail = unknown ? { ...refused, code: OPERATION_UNKNOWN } : refused;
            throw new DriverError(CODES[refused.code] || "refused", refused.message, detail);
        }
        let progress;
        try {
            progress = makeProgress(answer);
        } catch (error) {
            throw new DriverError("protocol", _t("Odoo gave an answer that cannot be."), error);
        }
        const fault = progress.messages.find(({ code }) => code in FAULTS);
        if (fault && !isFinal(progress)) {
            throw new DriverError(FAULTS[fault.code], fault.text, { operation: op.uuid });
        }
        return progress;
    }
}
