/** @odoo-module */

import { isRefusal } from "@pos_smartcash_terminal/app/driver/driver";
import { STATE } from "./cashdro_answers";
import { FINISH } from "./cashdro_client";
import { choosesPieces } from "./cashdro_kinds";
import { allPieces } from "./cashdro_pieces";

/** How a machine is told to end an operation, and what it is to give out when it is emptied. */
export class CashdroEnding {
    /**
     * @param {Object} params
     * @param {import("./cashdro_records").CashdroRecords} params.records
     * @param {string} params.currency ISO code
     * @param {(client: import("./cashdro_client").CashdroClient, op: Object, id: string) =>
     *     Promise<void>} params.begin acknowledges an operation
     */
    constructor({ records, currency, begin }) {
        this._records = records;
        this._currency = currency;
        this._begin = begin;
    }

    /**
     * The wish stays until the machine takes it: polls repeat one that got lost.
     *
     * @param {import("./cashdro_client").CashdroClient} client
     * @param {import("@pos_smartcash_terminal/app/driver/driver").Operation} op
     * @param {import("./cashdro_answers").CashdroStatus} status
     */
    async ask(client, op, status) {
        const { id, state } = status;
        const mode = this._mode(op, status);
        let isHeard;
        try {
            isHeard = await client.finish(id, mode);
            if (!isHeard && state === STATE.waiting) {
                // Left alone it would stay in the machine's queue: only what runs can be ended.
                await this._begin(client, op, id);
                isHeard = await client.finish(id, mode);
            }
        } catch (error) {
            if (isRefusal(error)) {
                this._records.keep(op.uuid, { wish: null });
            }
            throw error;
        }
        this._records.keep(op.uuid, { isWishHeard: isHeard });
    }

    _mode(op, status) {
        const { wish } = this._records.get(op.uuid);
        const isOld = wish === "cancel" && choosesPieces(this._records.asked(op, status).kind);
        return isOld ? FINISH.cancelOld : FINISH[/** @type {string} */ (wish)];
    }

    /** Has all pieces of the recyclers given out, or all notes moved to the cassette; once. */
    async giveAll(client, op, status) {
        const levels = await client.levels(this._currency);
        if (this._records.get(op.uuid).wish) {
            return; // another tab has spoken meanwhile
        }
        const chosen = allPieces(levels, op.kind, this._currency);
        if (!chosen) {
            this._records.keep(op.uuid, { wish: "cancel", isWishHeard: false });
            await this.ask(client, op, status);
            return;
        }
        // Whether it was heard or not, it is never said again: a part may be out already.
        this._records.keep(op.uuid, { wish: "execute", isWishHeard: true });
        try {
            await client.finish(status.id, FINISH.execute, chosen);
        } catch (error) {
            if (isRefusal(error)) {
                this._records.keep(op.uuid, { wish: "cancel", isWishHeard: false });
            }
            throw error;
        }
    }
}
