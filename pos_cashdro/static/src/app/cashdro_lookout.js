/** @odoo-module */

import { DriverError } from "@pos_smartcash_terminal/app/driver/driver";
import { STATE } from "./cashdro_answers";
import { importOne } from "./cashdro_imports";
import { allowed, askOrNull } from "./cashdro_lookup";

/** Operations that Odoo is told of at once; each of them is asked for at the machine first. */
const BATCH = 10;
/** Operations that the machine is asked about in one run; the next run goes on. */
const AT_ONCE = 50;
const MODEL = "smartcash.device";

/**
 * Finds what was done at the machine itself, has Odoo write it down, and only then tells the machine
 * that it is in the books. What a till of ours began is that till's to tell.
 */
export class CashdroLookout {
    /**
     * @param {Object} params
     * @param {import("./cashdro_records").CashdroRecords} params.records of this browser
     * @param {(model: string, method: string, args: any[]) => Promise<any>} params.call
     * @param {number} params.deviceId
     * @param {number} params.sessionId
     * @param {() => string} params.silence why nothing could be written down, in words
     */
    constructor({ records, call, deviceId, sessionId, silence }) {
        this._records = records;
        this._call = call;
        this._deviceId = deviceId;
        this._sessionId = sessionId;
        this._silence = silence;
        this._running = null;
        /** What the machine does not tell about or does not import, or another till tells: asked last. */
        this._passedOver = new Set();
    }

    /**
     * @param {import("./cashdro_client").CashdroClient} client
     * @returns {Promise<number>} how many are left for the next run
     * @throws {DriverError} refused: Odoo did not take it; the machine goes on naming it
     */
    run(client) {
        this._running ??= this._run(client).finally(() => {
            this._running = null;
        });
        return this._running;
    }

    async _run(client) {
        const { terminal } = client.access;
        // In a wrong unit each of them would be in the books with a hundred times its amount.
        await client.proveUnit();
        const named = await allowed(client.pending(terminal, { includeManual: true }), []);
        const own = named.length ? new Set(await client.pending(terminal)) : new Set();
        const fresh = named.filter((id) => !this._passedOver.has(id));
        const passedOver = named.filter((id) => this._passedOver.has(id));
        const ids = [...fresh, ...passedOver].slice(0, AT_ONCE);
        for (let at = 0; at < ids.length; at += BATCH) {
            const found = [];
            for (const id of ids.slice(at, at + BATCH)) {
                const status = await askOrNull(client, id);
                if (status?.state === STATE.finished && !this._isToldByItsTill(status, own)) {
                    found.push(toWire(status));
                } else {
                    this._passedOver.add(id);
                }
            }
            await this._book(client, found);
        }
        return Math.max(0, fresh.length - AT_ONCE);
    }

    /** Without an alias nobody can say which row of the ledger a till's own operation is. */
    _isToldByItsTill({ id, alias }, own) {
        return alias ? this._records.has(alias) : own.has(id);
    }

    async _book(client, found) {
        if (!found.length) {
            return;
        }
        const { booked } = await this._ask("cashdro_write_down", found);
        const imported = [];
        for (const id of booked) {
            const imports = importOne((one) => client.setImported(one), id);
            if (
                await allowed(
                    imports.then(() => true),
                    false
                )
            ) {
                imported.push(id);
            } else {
                this._passedOver.add(id);
            }
        }
        if (imported.length) {
            await this._ask("cashdro_imported", imported);
        }
    }

    async _ask(method, what) {
        let answer;
        try {
            answer = await this._call(MODEL, method, [[this._deviceId], this._sessionId, what]);
        } catch (error) {
            throw this._refusal(this._silence(), error);
        }
        if (answer.refused) {
            throw this._refusal(answer.refused.message, answer.refused);
        }
        return answer;
    }

    _refusal(text, cause) {
        return new DriverError("unavailable", text, { code: "not_written_down", cause });
    }
}

function toWire({ id, type, total, totalIn, totalOut, changeNotAvailable, alias, cashier }) {
    return {
        id,
        type,
        total: Math.abs(total),
        totalIn,
        totalOut,
        changeNotAvailable,
        alias,
        cashier,
    };
}
