/** @odoo-module */

import { systemClock } from "@pos_smartcash_terminal/app/common/clock";
import {
    Driver,
    DriverError,
    OPERATION_UNKNOWN,
    drivers,
    isNo,
    isRefusal,
} from "@pos_smartcash_terminal/app/driver/driver";
import { DriverHealth } from "@pos_smartcash_terminal/app/driver/health";
import { START_WINDOW } from "@pos_smartcash_terminal/app/operation/ledger_outcome";
import { isFinal, makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import { CashdroAccess } from "./cashdro_access";
import { STATE } from "./cashdro_answers";
import { CashdroClient, START_TIMEOUT, TIMEOUT } from "./cashdro_client";
import { CashdroEnding } from "./cashdro_ending";
import { CashdroImports } from "./cashdro_imports";
import { toInventory } from "./cashdro_inventory";
import { askedAmount, choosesPieces, typeOf } from "./cashdro_kinds";
import { CashdroLookout } from "./cashdro_lookout";
import { askOrNull, findByAlias } from "./cashdro_lookup";
import { judge } from "./cashdro_outcome";
import { LONGEST_PAUSE, startWhenReady } from "./cashdro_patience";
import { CashdroRecords } from "./cashdro_records";
import { busyText, refusalText, withText } from "./cashdro_texts";

/** Troubles that a look at the machine, or at its set-up, ends. */
const NEEDS_ATTENTION = ["wrong_user", "out_of_service", "service_stopped"];
/** ms between two looks for what was done at the machine itself, while nothing happens. */
const LOOKOUT_PAUSE = 5 * 60 * 1000;
/** ms in which what was queued may be begun: well before other tills take it for gone. */
const BEGIN_WINDOW = (START_WINDOW * 1000) / 2;
/** ms that Odoo may take to say who we are to the machine. */
const ACCESS_TIMEOUT = 10000;
/** ms that a request may be on its way when its page has given it up. */
const MARGIN = 2000;

/**
 * A CashDro that the till's browser talks to itself. Services: `fetch`, `Request`,
 * `issueToken(scope)`, `call(model, method, args)`, `sessionId`, `storage`, `clock`, `_t`, and
 * optionally `permissions` and `location` instead of the browser's own.
 *
 * An operation waits at the machine until it is acknowledged, and no money moves before. So its
 * number is on disk between the two: what has no number here was never acknowledged.
 */
export class CashdroLanDriver extends Driver {
    constructor({ device, services }) {
        super({ device, services });
        this._clock = services.clock || systemClock;
        this._records = new CashdroRecords({
            storage: services.storage,
            deviceUid: device.uid,
            clock: this._clock,
        });
        this._access = new CashdroAccess({
            issueToken: services.issueToken,
            name: device.name,
            _t: this._t,
        });
        this._imports = new CashdroImports({
            records: this._records,
            call: services.call,
            setImported: (id) => this._talk((client) => client.setImported(id)),
            clock: this._clock,
        });
        this._lookout = new CashdroLookout({
            records: this._records,
            call: services.call,
            deviceId: device.id,
            sessionId: services.sessionId,
            silence: () => refusalText("not_written_down", this._about(), this._t),
        });
        this._lookedOutAt = null;
        this._ending = new CashdroEnding({
            records: this._records,
            currency: device.currency,
            begin: (...args) => this._begin(...args),
        });
        this._client = null;
        this._health = new DriverHealth(NEEDS_ATTENTION);
    }

    /** Never more than four requests a second, and never half a second late. */
    get pacing() {
        return { fast: 250, idle: 400, safety: 5000, ...this.device.pacing };
    }

    /**
     * Odoo may be asked first; then both entry points, what the machine counts in and who uses it; then
     * it starts.
     */
    get startLasts() {
        const calls = Math.max(4 * this._timeout, this._timeout + LONGEST_PAUSE);
        return Math.max(ACCESS_TIMEOUT, calls, START_TIMEOUT) + MARGIN;
    }

    /** ms for one call, as the device has it. */
    get _timeout() {
        return this.device.cashdro?.timeout || TIMEOUT;
    }

    worksOffline(op) {
        return op.kind === "sale" && this._access.isKnown;
    }

    /** Learns who we are to the machine, and finds its entry point, before the first customer. */
    async prepare() {
        try {
            await this._talk((client) => client.executing());
        } catch (error) {
            // The first sale asks again and then says why not.
            console.warn("SmartCash: the machine is not prepared", error);
        }
        this._imports.soon();
    }

    close() {
        this._imports.stop();
    }

    watchHealth(onHealth) {
        return this._health.watch(onHealth);
    }

    /** Now and then, while nothing happens, asks for what was done at the machine itself. */
    async look() {
        const isDue =
            this._lookedOutAt === null || this._clock.now() >= this._lookedOutAt + LOOKOUT_PAUSE;
        if (!isDue) {
            return;
        }
        this._lookedOutAt = this._clock.now();
        try {
            await this._talk(async (client) => {
                if (!(await client.executing())) {
                    await this._lookout.run(client);
                }
            });
        } catch (error) {
            // The next count asks again, and then says why not.
            console.warn("SmartCash: what was done at the machine is not written down", error);
        }
    }

    // One operation -----------------------------------------------------------------------

    async start(op, { onRequest = () => {} } = {}) {
        const type = typeOf(op);
        if (!type) {
            throw this._refusal("unsupported_kind", op.kind);
        }
        return this._talk(async (client) => {
            onRequest();
            await this._assertFree(client, op);
            const id = await this._queueAndBegin(client, op, type, onRequest);
            return this._told(op, await this._askBegun(client, id));
        });
    }

    async poll(op) {
        return this._talk(async (client) => {
            const status = await this._look(client, op);
            if (!status) {
                return this._missing(op);
            }
            if (status.state === STATE.waiting) {
                this._assertOurs(op, status);
                if (this._isTooOld(op)) {
                    return this._neverStarted(op);
                }
            }
            await this._carryOn(client, op, status);
            return this._told(op, status);
        });
    }

    async cancel(op) {
        return this._end(op, "cancel");
    }

    async accept(op) {
        return this._end(op, "accept");
    }

    async inventory() {
        return this._talk(async (client) => {
            const operation = await client.executing();
            if (operation) {
                return { state: "busy", operation, inventory: null };
            }
            // What was done at the machine itself is in its levels: it must be in the ledger too.
            const left = await this._lookout.run(client);
            if (left) {
                const text = this._t(
                    "Many operations were done at the machine itself. They are being written down: count again in a moment."
                );
                throw new DriverError("unavailable", text, { code: "not_written_down", left });
            }
            this._lookedOutAt = this._clock.now();
            const levels = await client.levels(this.device.currency);
            const inventory = toInventory(levels, this.device.currency);
            return { state: "online", operation: null, inventory };
        });
    }

    // Start -------------------------------------------------------------------------------

    /**
     * A start without an answer leaves open what happened, and a browser does not tell whether it
     * was sent. So the machine is asked something first: where nobody answers, nothing is started.
     */
    async _assertFree(client, op) {
        let running;
        try {
            await client.proveUnit();
            running = await client.executing();
        } catch (error) {
            if (isNo(error)) {
                throw error;
            }
            const { code } = error.detail;
            const text =
                error.code === "unreachable"
                    ? refusalText(code, this._about(op.kind), this._t)
                    : error.message;
            throw new DriverError("unavailable", text, { code, cause: error });
        }
        if (running) {
            throw await this._busy(client, running, op.kind);
        }
    }

    async _busy(client, id, kind) {
        let status = null;
        try {
            status = await client.ask(id);
        } catch (error) {
            console.warn("SmartCash: the machine is busy and does not tell with what", error);
        }
        const text = status
            ? busyText(status, { name: this.device.name, kind }, this._t)
            : refusalText("device_busy", this._about(kind), this._t);
        return new DriverError("unavailable", text, {
            code: "device_busy",
            operation: status?.alias,
        });
    }

    /** @returns {Promise<string>} the machine's number of the operation */
    async _queueAndBegin(client, op, type, onRequest) {
        try {
            onRequest();
            const id = await this._queue(client, op, type, onRequest);
            if (!this._keep(op, { id })) {
                throw this._refusal("storage_refused", op.kind);
            }
            onRequest();
            await this._begin(client, op, id);
            return id;
        } finally {
            if (this._records.has(op.uuid)) {
                this._keep(op, { isSending: false });
            }
        }
    }

    /** @returns {Promise<string>} the machine's number of the operation */
    async _queue(client, op, type, onRequest) {
        const { kind, allowPartial = false } = op;
        const amount = askedAmount(op);
        const sent = { sentAt: this._clock.now(), isSending: true };
        if (!this._keep(op, { ...sent, kind, amount, allowPartial })) {
            throw this._refusal("storage_refused", kind);
        }
        try {
            const terminal = client.access.terminal;
            const wish = {
                type,
                amount,
                kind,
                terminal,
                cashier: op.cashier || "",
                alias: op.uuid,
            };
            return await startWhenReady(client, wish, {
                clock: this._clock,
                patience: this.device.cashdro?.busyPatience || 0,
                onRequest: () => {
                    onRequest();
                    this._keep(op, { sentAt: this._clock.now() });
                },
            });
        } catch (error) {
            if (isNo(error)) {
                this._records.forget(op.uuid);
            }
            throw error;
        }
    }

    async _begin(client, op, id) {
        const { isAcknowledged = false } = this._records.get(op.uuid);
        this._keep(op, { isAcknowledged: true });
        try {
            await client.acknowledge(id);
        } catch (error) {
            if (isRefusal(error)) {
                this._keep(op, { isAcknowledged });
            }
            throw error;
        }
    }

    /** It has begun: whatever the machine refuses now is no "nothing happened". */
    async _askBegun(client, id) {
        try {
            return await client.ask(id);
        } catch (error) {
            if (!isRefusal(error)) {
                throw error;
            }
            throw new DriverError("fault", error.message, {
                code: error.detail?.code,
                cause: error,
            });
        }
    }

    // Look --------------------------------------------------------------------------------

    /** @returns {Promise<Object|null>} what the machine says about exactly this operation */
    async _look(client, op) {
        const { id, sentAt } = this._records.get(op.uuid);
        const status = id && (await askOrNull(client, id));
        if (status && this._records.isOf(op, status)) {
            return status;
        }
        const now = this._clock.now();
        const found = await findByAlias(client, {
            uuid: op.uuid,
            terminal: client.access.terminal,
            since: sentAt || now,
            now,
        });
        if (found) {
            this._keep(op, { id: found.id });
        }
        return found;
    }

    /** The machine has no such operation (any more). */
    _missing(op) {
        const { sentAt, isAcknowledged, amountIn, amountOut } = this._records.get(op.uuid);
        if (isAcknowledged) {
            return this._progress({
                state: "unknown",
                amountIn,
                amountOut,
                messages: [{ code: "cashdro_forgotten", level: "error" }],
            });
        }
        if (!sentAt || this._isBeingSent(op)) {
            throw this._refusal(OPERATION_UNKNOWN);
        }
        return this._neverStarted(op);
    }

    /**
     * Never acknowledged, so no money moved; and from here on nobody will. A start whose answer was
     * lost waits at the machine unseen: no list of the machine names what is not acknowledged.
     */
    _neverStarted(op) {
        this._records.forget(op.uuid);
        return this._progress({
            state: "failed",
            messages: [{ code: "cashdro_never_started", level: "error" }],
        });
    }

    /**
     * Repeats what got lost on its way: the acknowledgement, or the wish for an end. And says what a
     * machine waits for that is to be emptied.
     */
    async _carryOn(client, op, status) {
        const { wish, isWishHeard, kind } = this._records.get(op.uuid);
        const { id, state } = status;
        if (state === STATE.waiting && wish !== "cancel") {
            await this._begin(client, op, id);
        } else if (wish && !isWishHeard && state !== STATE.finished) {
            await this._ending.ask(client, op, status);
        } else if (!wish && state === STATE.executing && choosesPieces(kind)) {
            await this._ending.giveAll(client, op, status);
        }
    }

    /** By another tab, whose request may arrive after ours. */
    _isBeingSent(op) {
        const { isSending, sentAt = 0 } = this._records.get(op.uuid);
        return Boolean(isSending) && this._clock.now() < sentAt + this.startLasts;
    }

    /** What was queued that long ago is not begun any more: others may count on it. */
    _isTooOld(op) {
        const { sentAt } = this._records.get(op.uuid);
        return sentAt !== undefined && this._clock.now() > sentAt + BEGIN_WINDOW;
    }

    /** What another till has queued, it begins or ends itself. */
    _assertOurs(op, { terminal }) {
        const isFromHere = !terminal || terminal === this._client.access.terminal;
        if (!this._records.get(op.uuid).sentAt || !isFromHere) {
            throw this._refusal(OPERATION_UNKNOWN);
        }
    }

    _told(op, status) {
        const tolerance = this.device.cashdro?.tolerance || 0;
        const asked = { ...this._records.asked(op, status), tolerance };
        const progress = this._progress(judge(asked, status));
        const { amountIn, amountOut } = progress;
        const known = this._records.get(op.uuid);
        if (isFinal(progress)) {
            this._keep(op, { id: status.id, amountIn, amountOut, end: progress });
            this._imports.soon();
        } else if (amountIn !== known.amountIn || amountOut !== known.amountOut) {
            this._keep(op, { amountIn, amountOut });
        }
        return progress;
    }

    // End ---------------------------------------------------------------------------------

    async _end(op, wish) {
        return this._talk(async (client) => {
            const status = await this._look(client, op);
            if (status?.terminal && status.terminal !== client.access.terminal) {
                throw this._refusal("not_ours");
            }
            if (status?.state === STATE.waiting) {
                this._assertOurs(op, status);
            }
            this._keep(op, { wish, isWishHeard: false });
            if (!status) {
                return this._missing(op);
            }
            if (status.state === STATE.finished) {
                return this._told(op, status);
            }
            await this._ending.ask(client, op, status);
            return this._told(op, await client.ask(status.id));
        });
    }

    // Around ------------------------------------------------------------------------------

    /**
     * @template T
     * @param {(client: CashdroClient) => Promise<T>} ask
     * @returns {Promise<T>}
     */
    async _talk(ask) {
        const client = await this._connect();
        try {
            const answer = await ask(client);
            this._health.answered();
            return answer;
        } catch (error) {
            if (error.detail?.code === "wrong_user") {
                this._access.drop();
            }
            this._health.failed(error);
            throw error;
        }
    }

    async _connect() {
        const { device, services } = this;
        if (!device.endpoint) {
            throw this._refusal("no_address");
        }
        const access = await this._access.get();
        this._client ??= new CashdroClient({
            endpoint: device.endpoint,
            name: device.name,
            access,
            fetch: services.fetch,
            Request: services.Request,
            clock: this._clock,
            currency: device.currency,
            unit: device.cashdro?.unit,
            timeout: this._timeout,
            permissions: services.permissions || globalThis.navigator?.permissions,
            pageUrl: (services.location || globalThis.location)?.href,
            _t: this._t,
        });
        this._client.access = access;
        return this._client;
    }

    _keep(op, changes) {
        return this._records.keep(op.uuid, changes);
    }

    _progress(values) {
        const messages = (values.messages || []).map((message) =>
            withText(message, this.device.name, this._t)
        );
        return makeProgress({ ...values, messages });
    }

    _about(kind = null) {
        return { name: this.device.name, address: this.device.endpoint, kind };
    }

    _refusal(code, kind = null) {
        const family = code === OPERATION_UNKNOWN ? "unknown_operation" : "not_started";
        return new DriverError(family, refusalText(code, this._about(kind), this._t), { code });
    }
}

drivers.add("cashdro", CashdroLanDriver);
