/** @odoo-module */

import { RecordStore } from "@pos_smartcash_terminal/app/ledger/record_store";
import { TYPE } from "./cashdro_client";
import { kindOf, toldAmount } from "./cashdro_kinds";
import { isOf } from "./cashdro_outcome";

/**
 * What the browser keeps of an operation until Odoo has its end.
 *
 * @typedef {Object} CashdroRecord
 * @property {string} uuid
 * @property {number} at when this was last written, ms since the epoch
 * @property {number} [sentAt] when this browser sent the start; without it, another one did
 * @property {boolean} [isSending] the start is under way, or its page is gone
 * @property {string} [kind] of the operation that was sent
 * @property {number} [amount] that was sent
 * @property {boolean} [allowPartial] that was sent
 * @property {string} [id] the machine's number of it
 * @property {boolean} [isAcknowledged] maybe: the word was sent
 * @property {"cancel"|"accept"|"execute"|null} [wish] the end that was asked for last
 * @property {boolean} [isWishHeard] the machine took the wish
 * @property {number} [amountIn] last known
 * @property {number} [amountOut] last known
 * @property {import("@pos_smartcash_terminal/app/common/progress").Progress} [end]
 */
export class CashdroRecords {
    /**
     * @param {Object} params
     * @param {Storage} params.storage localStorage, or anything with its interface
     * @param {string} params.deviceUid
     * @param {import("@pos_smartcash_terminal/app/common/clock").Clock} params.clock
     */
    constructor({ storage, deviceUid, clock }) {
        this._store = new RecordStore(storage, `smartcash_cashdro_${deviceUid}`);
        this._clock = clock;
    }

    /** @returns {Partial<CashdroRecord>} empty when nothing is known */
    get(uuid) {
        return this._store.get(uuid) || {};
    }

    /** @returns {boolean} this browser began it, or has asked about it */
    has(uuid) {
        return Boolean(this._store.get(uuid));
    }

    /**
     * @param {string} uuid
     * @param {Partial<CashdroRecord>} changes
     * @returns {boolean} false: it will not survive a reload
     */
    keep(uuid, changes) {
        const at = this._clock.now();
        return this._store.put(uuid, { ...this.get(uuid), uuid, at, ...changes });
    }

    forget(uuid) {
        this._store.remove(uuid);
    }

    /** @returns {CashdroRecord[]} */
    list() {
        return this._store.list();
    }

    /**
     * @param {import("@pos_smartcash_terminal/app/driver/driver").Operation} op
     * @param {import("./cashdro_answers").CashdroStatus} status
     * @returns {boolean} the machine speaks of exactly this operation
     */
    isOf(op, status) {
        const { amount = op.amount } = this.get(op.uuid);
        return isOf({ uuid: op.uuid, amount }, status);
    }

    /**
     * What was asked of the machine: as this browser sent it, else as the machine tells it. `op` is
     * no witness: who asks about another till's operation knows no more than its uuid.
     *
     * @param {import("@pos_smartcash_terminal/app/driver/driver").Operation} op
     * @param {import("./cashdro_answers").CashdroStatus} status
     * @returns {Omit<import("./cashdro_outcome").Asked, "tolerance">}
     */
    asked(op, status) {
        const { kind, amount = 0, allowPartial = false, wish = null } = this.get(op.uuid);
        if (kind) {
            return { kind, amount, allowPartial, wish };
        }
        const isRefund = op.kind === "refund" && status.type === TYPE.payout;
        return {
            kind: isRefund ? "refund" : kindOf(status.type) || op.kind,
            amount: toldAmount(status),
            allowPartial: Boolean(op.allowPartial),
            wish,
        };
    }
}
