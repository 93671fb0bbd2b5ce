/** @odoo-module */

import { Driver, DriverError, OPERATION_UNKNOWN } from "./driver";
import { LedgerUnreachable, ledgerError } from "./ledger_errors";
import { makeProgress } from "./progress";
import { systemClock, withTimeout } from "./clock";

const MODEL = "smartcash.operation";
const CALL_TIMEOUT = 15000;

/** Refusals of the server engine → what they mean for the runner. */
const CODES = { device_busy: "busy", device_unreachable: "unreachable" };

/**
 * For every device that Odoo itself talks to: the server starts, follows and records, the
 * browser asks. Services: `call(model, method, args)`, and optionally `bus` with
 * `subscribe(uuid, onProgress) → unsubscribe` for servers that push.
 */
export class ServerDriver extends Driver {
    get pacing() {
        return { fast: 300, idle: 1500, safety: 5000 };
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

    subscribe(op, onProgress) {
        if (!this.services.bus) {
            return null;
        }
        return this.services.bus.subscribe(op.uuid, (progress) => onProgress(progress));
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
        try {
            return makeProgress(answer);
        } catch (error) {
            throw new DriverError("protocol", _t("Odoo gave an answer that cannot be."), error);
        }
    }
}
