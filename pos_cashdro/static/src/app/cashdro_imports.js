/** @odoo-module */

import { isFinal } from "@pos_smartcash_terminal/app/common/progress";
import { isOperationUnknown } from "@pos_smartcash_terminal/app/driver/driver";

/** ms after an end; by then the till has told Odoo, when it can. */
const PAUSE = 2000;
/** ms; what is not in the books by then was decided by a person. */
const KEPT_FOR = 30 * 24 * 60 * 60 * 1000;

/**
 * Tells the machine that an operation is in the books, once Odoo says so: until then the machine
 * goes on naming it among those that nobody has imported, for a till that comes later.
 */
export class CashdroImports {
    /**
     * @param {Object} params
     * @param {import("./cashdro_records").CashdroRecords} params.records
     * @param {(model: string, method: string, args: any[]) => Promise<any>} params.call
     * @param {(id: string) => Promise<void>} params.setImported
     * @param {import("@pos_smartcash_terminal/app/common/clock").Clock} params.clock
     */
    constructor({ records, call, setImported, clock }) {
        this._records = records;
        this._call = call;
        this._setImported = setImported;
        this._clock = clock;
        this._timer = null;
        this._running = null;
    }

    /** What has ended is seen to in a moment; what cannot be done now, with the next one. */
    soon() {
        this._timer ??= this._clock.setTimeout(() => {
            this._timer = null;
            this.run();
        }, PAUSE);
    }

    stop() {
        this._clock.clearTimeout(this._timer);
        this._timer = null;
    }

    /** Never rejects. @returns {Promise<void>} */
    run() {
        this._running ??= this._run()
            .catch((error) => console.warn("SmartCash: not told to the machine yet", error))
            .finally(() => {
                this._running = null;
            });
        return this._running;
    }

    async _run() {
        for (const { uuid, id, end, at } of this._records.list()) {
            if (end && (await this._isBooked(uuid, end))) {
                if (id) {
                    await importOne(this._setImported, id);
                }
                this._records.forget(uuid);
            } else if (at < this._clock.now() - KEPT_FOR) {
                this._records.forget(uuid);
            }
        }
    }

    /** Telling Odoo an end again is harmless, and its answer is the ledger's row. */
    async _isBooked(uuid, end) {
        const row = await this._call("smartcash.operation", "report", [uuid, end]);
        // "backwards": the ledger has another end already, and has noted this one.
        return row.refused ? row.refused.code === "backwards" : isFinal(row);
    }
}

/**
 * @param {(id: string) => Promise<void>} setImported
 * @param {string} id what the machine knows no more needs no import
 */
export async function importOne(setImported, id) {
    try {
        await setImported(id);
    } catch (error) {
        if (!isOperationUnknown(error)) {
            throw error;
        }
    }
}
