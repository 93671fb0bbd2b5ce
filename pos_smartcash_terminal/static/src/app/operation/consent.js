/** @odoo-module */

import { isOperationUnknown } from "../driver/driver";
import { LedgerUnreachable } from "../ledger/errors";
import { START_WINDOW } from "./ledger_outcome";
import { isEnded, makeProgress } from "../common/progress";

/**
 * @typedef {Object} Consent
 * @property {string|null} token for exactly this operation, where its kind needs one
 * @property {import("../common/progress").Progress|null} progress the ledger's row
 * @property {{code: string, message: string}|null} refusal
 */

/**
 * May this operation start? Odoo decides; for a sale that a device can take without Odoo, the
 * shift's token has decided already.
 */
export class OperationConsent {
    constructor({ driver, ledger, _t }) {
        this._driver = driver;
        this._ledger = ledger;
        this._t = _t;
    }

    /**
     * @param {import("../driver/driver").Operation} op
     * @returns {Promise<Consent>}
     */
    async ask(op) {
        try {
            let answer = await this._ledger.register(op);
            if (answer.refused && (await this._freeDevice(op, answer.refused))) {
                answer = await this._ledger.register(op);
            }
            return this._read(op, answer);
        } catch (error) {
            if (error instanceof LedgerUnreachable) {
                return this._withoutOdoo(op);
            }
            if (!this._driver.reportsItself) {
                this._tellNothing(op);
            }
            return this._refusal("odoo_fault", error.message);
        }
    }

    _read(op, answer) {
        if (answer.refused) {
            return { token: null, progress: null, refusal: answer.refused };
        }
        return {
            token: answer.token?.token || op.token || null,
            progress: makeProgress(answer),
            refusal: null,
        };
    }

    _refusal(code, message) {
        return { token: null, progress: null, refusal: { code, message } };
    }

    _withoutOdoo(op) {
        const _t = this._t;
        if (op.kind === "sale" && this._driver.worksOffline(op)) {
            this._ledger.registerLater(op);
            return { token: null, progress: makeProgress({ phase: "registered" }), refusal: null };
        }
        if (!this._driver.reportsItself) {
            // The row may have been written although the answer was lost, or will be: it must not hold
            // the device.
            this._tellNothing(op);
        }
        return this._refusal(
            "odoo_unreachable",
            op.kind === "sale"
                ? _t(
                      "Odoo cannot be reached. Nothing was charged. Check the network, then press Retry."
                  )
                : _t(
                      "Odoo cannot be reached, and without it the machine moves no money. Nothing was paid. Try again when the connection is back."
                  )
        );
    }

    _tellNothing(op) {
        const deviceId = this._driver.device?.id || null;
        const failed = makeProgress({ state: "failed" });
        this._ledger.reportLater(op.uuid, failed, { final: true, deviceId, notStarted: op });
    }

    /**
     * The ledger holds the device for an operation that may have ended unheard (another till
     * that died): the device knows.
     *
     * @returns {Promise<boolean>} the device is free now, as the ledger sees it
     */
    async _freeDevice(op, { code, operation, deviceId, unheardFor }) {
        const own = this._driver.device?.id;
        const isElsewhere = Boolean(deviceId && own) && deviceId !== own;
        if (code !== "device_busy" || !operation || isElsewhere) {
            return false;
        }
        let progress;
        try {
            progress = makeProgress(
                await this._driver.poll({ ...op, uuid: operation, token: null })
            );
        } catch (error) {
            // Unreachable, or registered a moment ago and about to start: not ours to judge.
            if (!isOperationUnknown(error) || !(unheardFor > START_WINDOW)) {
                return false;
            }
            // Its till gave up before Odoo had it: nobody will ever start or report it.
            progress = makeProgress({ state: "failed" });
        }
        if (!isEnded(progress)) {
            return false;
        }
        const answer = await this._ledger.report(operation, progress, own);
        if (!answer.refused && this._ledger.storedOperation(operation)) {
            this._ledger.saveOperation({
                uuid: operation,
                phase: "ended",
                progress,
                reported: true,
            });
        }
        return !answer.refused;
    }
}
