/** @odoo-module */

import { isCashMove } from "../common/cash_move";
import { systemClock, withTimeout } from "../common/clock";
import { LedgerFault, LedgerUnreachable, ledgerError } from "./errors";
import { Outbox } from "./outbox";
import { isEnded, isFinal, owedByHand } from "../common/progress";
import { RecordStore } from "./record_store";
import { isStoredOperation } from "./stored_shapes";
import { byHandUuid } from "../common/uuid";

const MODEL = "smartcash.operation";
const CALL_TIMEOUT = 10000;
/** ms that news of a running operation wait for newer ones, which take their place. */
const NEWS_PAUSE = 1000;

/** Odoo got an operation's registration between two questions about it. */
const HEARD_NOW = "heard_now";
/** Refusals that another operation's end cures, or the next try. */
const TEMPORARY = ["device_busy", HEARD_NOW];

/**
 * An operation as it lies in the browser's storage, from before the first request until Odoo
 * has its end.
 *
 * @typedef {Object} StoredOperation
 * @property {string} uuid
 * @property {import("../driver/driver").Operation} op without token
 * @property {"new"|"registered"|"starting"|"watching"|"ended"|"found"} phase how far the runner
 *     came; found: another browser began it, or this one has forgotten
 * @property {number|undefined} sentAt when the start's last request was sent, ms since the epoch
 * @property {number|undefined} startLasts how long the driver may take from there on, ms
 * @property {boolean|undefined} known the device has spoken of it
 * @property {import("../common/progress").Progress|null} progress last known
 * @property {boolean} reported Odoo has the end
 * @property {boolean} handedOver a person gave out what the machine could not
 * @property {boolean|undefined} owedLeft nobody at the till could: a manager is asked
 */

/**
 * The browser's side of Odoo's ledger: direct questions, and an outbox for facts.
 */
export class LedgerClient {
    /**
     * @param {Object} params
     * @param {(model: string, method: string, args: any[]) => Promise<any>} params.call `orm.call`
     * @param {Storage} params.storage localStorage, or anything with its interface
     * @param {number|string} params.sessionId
     * @param {string} [params.database] keeps apart the databases behind one address
     * @param {import("../common/clock").Clock} [params.clock]
     * @param {LockManager|null} [params.locks] `navigator.locks`, where the page has it
     * @param {(term: string) => string} [params._t]
     * @param {() => void} [params.onChange] letters or problems changed
     */
    constructor({
        call,
        storage,
        sessionId,
        database = "",
        clock = systemClock,
        locks = null,
        _t = (term) => term,
        onChange = () => {},
    }) {
        const scope = database ? `${database}_` : "";
        this.sessionId = sessionId;
        this._t = _t;
        this._call = call;
        this._clock = clock;
        this._newsTimer = null;
        this._operations = new RecordStore(
            storage,
            `smartcash_ops_${scope}${sessionId}`,
            isStoredOperation
        );
        this._outbox = new Outbox({
            storage,
            key: `smartcash_outbox_${scope}`,
            deliver: (letter) => this._deliver(letter),
            clock,
            locks,
            onChange,
        });
    }

    /**
     * Asks Odoo for consent and has the row written, before any device hears of it.
     *
     * @param {import("../driver/driver").Operation} op
     * @returns {Promise<Object>} the ledger's row with `token`, or `{refused: {code, message}}`
     * @throws {LedgerUnreachable|LedgerFault}
     */
    async register(op) {
        return this._ask("register", [this._registration(op)]);
    }

    /**
     * Tells Odoo now and waits for the answer; for what the next step depends on.
     *
     * @param {string} uuid
     * @param {import("../common/progress").Progress} progress
     * @param {number|null} [deviceId] of the device that told it
     * @returns {Promise<Object>} the ledger's progress, or `{refused: {code, message}}`
     */
    async report(uuid, progress, deviceId = null) {
        return this._ask("report", reportArgs(uuid, progress, deviceId));
    }

    /**
     * What Odoo has of an operation; nothing is written.
     *
     * @param {string} uuid
     * @returns {Promise<Object>} as a row of `pending`, whether it is pending or not; or
     *     `{refused: {code, message}}`
     */
    async lookup(uuid) {
        return this._ask("lookup", [uuid]);
    }

    /**
     * @param {string[]|string} scope list of scopes for a shift, or an operation's uuid
     * @param {number|null} [deviceId]
     * @returns {Promise<{token: string, expiresAt: number}>} expiresAt in epoch seconds
     */
    async issueToken(scope, deviceId = null) {
        return this._ask("issue_token", [this.sessionId, scope, deviceId]);
    }

    /** @returns {Promise<Object[]>} operations of this session without an end or a match */
    async pending() {
        return this._ask("pending", [this.sessionId]);
    }

    /** Registers later: Odoo cannot be reached and the operation goes on. */
    registerLater(op) {
        this._outbox.push({ uuid: op.uuid, method: "register", args: [this._registration(op)] });
        this._flushSoon();
    }

    /**
     * Reports through the outbox. An unfinished progress waits a moment and is replaced by the
     * next one; the end leaves at once and stays until Odoo answered.
     *
     * @param {string} uuid
     * @param {import("../common/progress").Progress} progress
     * @param {Object} options
     * @param {boolean} options.final
     * @param {number|null} [options.deviceId] of the device that told it
     * @param {import("../driver/driver").Operation|null} [options.notStarted] the operation, when no device
     *     has heard of it: its registration may still be on its way to Odoo
     */
    reportLater(uuid, progress, { final, deviceId = null, notStarted = null }) {
        const args = reportArgs(uuid, progress, deviceId);
        const wish = notStarted && this._registration(notStarted);
        this._outbox.push({ uuid, method: "report", args, final, wish });
        if (final) {
            this._flushSoon();
        } else {
            this._newsTimer ??= this._clock.setTimeout(() => this.flush(), NEWS_PAUSE);
        }
    }

    /**
     * After a reload: the end is in the outbox, or goes there now.
     *
     * @param {string} uuid
     * @param {import("../common/progress").Progress} progress
     * @param {number|null} [deviceId]
     */
    ensureReported(uuid, progress, deviceId = null) {
        const waits = this._outbox
            .letters()
            .some((letter) => letter.uuid === uuid && letter.method === "report" && letter.final);
        if (!waits && !this._operations.get(uuid)?.reported) {
            this.reportLater(uuid, progress, { final: true, deviceId });
        }
    }

    /**
     * Books what a person gave out instead of the machine. The uuid follows from the parent's:
     * told twice, booked once.
     *
     * @param {import("../driver/driver").Operation} parent
     * @param {number} amount minor units
     */
    registerByHand(parent, amount) {
        const kind = isCashMove(parent) ? "cash_out" : "refund";
        const op = { ...parent, uuid: byHandUuid(parent.uuid), kind, amount };
        const values = { ...this._registration(op), manual: true, parent_uuid: parent.uuid };
        this._outbox.push({
            uuid: op.uuid,
            chain: parent.uuid,
            method: "register",
            args: [values],
        });
        this._flushSoon();
    }

    /**
     * Nobody at this till has the cash for what should be handed over: a manager is asked.
     *
     * @param {string} uuid
     */
    notHandedOver(uuid) {
        this._outbox.push({ uuid, method: "not_handed_over", args: [uuid] });
        this._flushSoon();
    }

    /** Sends what waits; call it when the network is back. @returns {Promise<number>} left */
    flush() {
        this._clearNewsTimer();
        return this._outbox.flush();
    }

    /**
     * What Odoo will not have and a person must look at.
     *
     * @returns {{id: string, uuid: string, method: string, args: any[], code?: string,
     *     message?: string}[]}
     */
    problems() {
        return this._outbox.problems().map(({ id, uuid, method, args, problem }) => ({
            id,
            uuid,
            method,
            args,
            ...problem,
        }));
    }

    /** @returns {string[]} operations whose missing money was handed over; Odoo may not know yet */
    get handedOver() {
        return this._outbox
            .letters()
            .map(({ method, args }) => (method === "register" ? args[0].parent_uuid : null))
            .filter(Boolean);
    }

    /** @returns {number} records that only this page has: closing or reloading it loses them */
    get unsafe() {
        return this._operations.unsafe + this._outbox.unsafe;
    }

    /** @returns {{key: string, text: string}[]} what the browser's storage holds and nobody can read */
    damaged() {
        return [...this._operations.damaged(), ...this._outbox.damaged()];
    }

    /** @param {string} key of `damaged`, after a manager has seen it */
    dropDamaged(key) {
        this._operations.dropDamaged(key);
        this._outbox.dropDamaged(key);
    }

    /** @returns {number} letters that wait for Odoo */
    get waiting() {
        return this._outbox.letters().length;
    }

    retryProblem(id) {
        return this._outbox.retry(id);
    }

    dismissProblem(id) {
        this._outbox.dismiss(id);
    }

    /**
     * @param {Partial<StoredOperation> & {uuid: string}} changes
     * @returns {boolean} false: the browser's storage refused it
     */
    saveOperation(changes) {
        const known = this._operations.get(changes.uuid) || {
            op: null,
            phase: "new",
            progress: null,
            reported: false,
            handedOver: false,
        };
        return this._operations.put(changes.uuid, { ...known, ...changes });
    }

    /** @returns {StoredOperation|null} */
    storedOperation(uuid) {
        return this._operations.get(uuid);
    }

    /** @returns {StoredOperation[]} of this session, those that still want something */
    storedOperations() {
        return this._operations.list().filter((row) => {
            const owed = row.progress && owedByHand(row.progress, row.handedOver);
            return !row.reported || owed > 0;
        });
    }

    /** @returns {StoredOperation[]} of this session, those of which nobody knows the end */
    unknownOperations() {
        return this._operations.list().filter(({ progress }) => progress?.state === "unknown");
    }

    /** The payment is safe in an order: nothing of it has to be remembered here. */
    forgetOperation(uuid) {
        this._operations.remove(uuid);
    }

    /**
     * Odoo has the end. What a person handed over stays remembered for the session: asking for
     * it again would cost the shop the amount. So does what nobody knows yet.
     */
    settleOperation(uuid) {
        const row = this._operations.get(uuid);
        if (!row) {
            return;
        }
        if (row.progress && isFinal(row.progress) && !row.progress.undispensed) {
            this._operations.remove(uuid);
        } else {
            this._operations.put(uuid, { ...row, reported: true });
        }
    }

    /** Stops the timers; what waits stays in storage. */
    close() {
        this._clearNewsTimer();
        this._outbox.close();
    }

    _clearNewsTimer() {
        this._clock.clearTimeout(this._newsTimer);
        this._newsTimer = null;
    }

    /** What the cashier sees comes first; Odoo is told right after. */
    _flushSoon() {
        Promise.resolve().then(() => this.flush());
    }

    async _ask(method, args) {
        try {
            return await withTimeout(
                this._clock,
                this._call(MODEL, method, args),
                CALL_TIMEOUT,
                () =>
                    new LedgerUnreachable(new Error(`${method}: no answer in ${CALL_TIMEOUT} ms`), {
                        timedOut: true,
                    })
            );
        } catch (error) {
            throw ledgerError(error);
        }
    }

    async _deliver(letter) {
        let refusal;
        try {
            const answer = await this._ask(letter.method, lateArgs(letter));
            refusal = answer?.refused || null;
        } catch (error) {
            if (letter.final || !(error instanceof LedgerFault)) {
                throw error;
            }
            refusal = { code: "fault", message: error.message };
        }
        if (letter.wish && refusal?.code === "unknown_operation") {
            refusal = await this._writeDownWithdrawn(letter, refusal);
        }
        if (refusal && !this._isIdle(letter, refusal)) {
            return { ...refusal, temporary: TEMPORARY.includes(refusal.code) };
        }
        if (letter.method === "report" && letter.final) {
            this.settleOperation(letter.uuid);
        }
        return null;
    }

    /**
     * Odoo has never heard of what was given up before its start. A request that is still on its way
     * to Odoo would leave it running for ever: so its end is written down first.
     *
     * @returns {Promise<{code: string, message: string}|null>} null: it has ended in Odoo
     */
    async _writeDownWithdrawn({ wish }, unknown) {
        let answer;
        try {
            answer = await this._ask("register", [{ ...wish, withdrawn: true }]);
        } catch (error) {
            if (error instanceof LedgerUnreachable) {
                throw error;
            }
            console.warn("SmartCash: Odoo does not write down what was never started", error);
            return unknown;
        }
        if (answer.refused) {
            return unknown; // the request on its way is refused like this one
        }
        return isEnded(answer) ? null : { code: HEARD_NOW, message: "" };
    }

    /**
     * A refusal that costs nothing: a half-way report, "nothing moved" of an unknown row, or
     * "nobody knows" of a row whose end Odoo has, with all the money that the report knows of.
     */
    _isIdle(letter, refusal) {
        if (letter.method !== "report") {
            return false;
        }
        const progress = letter.args[1];
        if (!letter.final) {
            return true;
        }
        if (refusal.code === "backwards" && progress.state === "unknown") {
            return isCovered(progress, refusal.operation);
        }
        const moved = progress.amountIn || progress.amountOut || progress.undispensed;
        return !moved && refusal.code === "unknown_operation";
    }

    _registration(op) {
        return {
            uuid: op.uuid,
            kind: op.kind,
            amount: op.amount,
            currency: op.currency,
            session_id: op.sessionId || this.sessionId,
            payment_method_id: op.paymentMethodId || null,
            device_id: op.device?.id || null,
            order_uid: op.orderUid || null,
            order_name: op.orderName || null,
            partner_id: op.partnerId || null,
            cashier: op.cashier || null,
            allow_partial: Boolean(op.allowPartial),
            reference: op.reference || null,
            manual: Boolean(op.manual),
            parent_uuid: null,
            refunded_line_ids: op.refundedLineIds || [],
        };
    }
}

/**
 * What leaves by the outbox is told after the fact: Odoo takes it even when its session was closed
 * meanwhile.
 *
 * @param {import("./outbox").Letter} letter
 * @returns {any[]}
 */
function lateArgs({ method, args }) {
    return method === "register" ? [{ ...args[0], late: true }] : args;
}

/** @returns {boolean} whether a ledger's row accounts for all that a report saw move */
function isCovered(progress, row) {
    return (
        row.amountIn >= progress.amountIn &&
        row.amountOut >= progress.amountOut &&
        row.amountOut + row.undispensed >= progress.amountOut + progress.undispensed
    );
}

function reportArgs(uuid, progress, deviceId) {
    return deviceId ? [uuid, progress, deviceId] : [uuid, progress];
}
