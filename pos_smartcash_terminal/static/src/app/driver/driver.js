/** @odoo-module */

/**
 * The contract between the runner and a make of machine.
 *
 * @typedef {Object} Operation
 * @property {string} uuid
 * @property {string} kind one of KINDS
 * @property {Object} [device] where it runs, from registration on: as in `pos.payment.method`'s
 *     `smartcash.device`, or as much of it as is known here
 * @property {number} amount requested, minor units
 * @property {string} currency ISO code
 * @property {string} [reference] what a person knows the payment by (order name)
 * @property {boolean} [allowPartial]
 * @property {string|null} [token] for exactly this operation; issued by Odoo
 * @property {number} [sessionId] this and the following go to the ledger only
 * @property {number} [paymentMethodId]
 * @property {string} [orderUid]
 * @property {string} [orderName]
 * @property {number} [partnerId] the order's customer
 * @property {string} [cashier]
 *
 * @typedef {import("../common/progress").Progress} Progress
 *
 * @typedef {"not_started"|"unavailable"|"denied"|"unknown_operation"|"unreachable"|"fault"} ErrorCode
 */

/**
 * Codes. Three are a "no", and nothing happened: `not_started` the device or Odoo said no ·
 * `unavailable` not now (busy, switched off, nobody there) · `denied` no right, no token. The others
 * leave open what happened: `unknown_operation` the device never heard of it, as far as it knows ·
 * `unreachable` no answer · `fault` something broke, or an answer that nobody understands.
 * `message` is for the cashier, `detail` for the log; `detail.code` says more precisely why.
 */
export class DriverError extends Error {
    /**
     * @param {ErrorCode} code
     * @param {string} message
     * @param {Object|null} [detail] e.g. the gateway's problem document
     */
    constructor(code, message, detail = null) {
        super(message);
        this.name = "DriverError";
        this.code = code;
        this.detail = detail;
    }
}

/** `detail.code` by which devices say that they never heard of a uuid. */
export const OPERATION_UNKNOWN = "operation_unknown";

const NO = ["not_started", "unavailable", "denied"];

/**
 * @param {unknown} error
 * @returns {boolean} somebody who knows said no: nothing happened
 */
export function isNo(error) {
    return error instanceof DriverError && NO.includes(error.code);
}

/**
 * @param {unknown} error
 * @returns {boolean} the device answered, and does not know the operation
 */
export function isOperationUnknown(error) {
    return error instanceof DriverError && error.code === "unknown_operation";
}

/**
 * @param {unknown} error
 * @returns {boolean} whoever was asked has answered, and this call had no effect
 */
export function isRefusal(error) {
    return isNo(error) || isOperationUnknown(error);
}

/**
 * One driver serves one device. It knows bytes and no screen; it keeps no state of an
 * operation, so that a reload loses nothing.
 */
export class Driver {
    /**
     * @param {Object} params
     * @param {Object} params.device as in `pos.payment.method`'s `smartcash.device`
     * @param {Object} params.services what the driver may use of the outside world
     */
    constructor({ device, services }) {
        this.device = device;
        this.services = services;
        this._t = services._t || ((term) => term);
    }

    /** Poll intervals in ms: while money moves, while nothing does, while push works; and `doze`,
     * optional, when nothing has moved for long. */
    get pacing() {
        return { fast: 150, idle: 1000, safety: 5000 };
    }

    /**
     * ms that a start may be under way: from its beginning, or from one of its requests, to the next
     * one or to the last one's time-out. Before that nobody else says "not started".
     *
     * @returns {number}
     */
    get startLasts() {
        return 15000;
    }

    /** True when the server itself follows the device: the browser then reports nothing. */
    get reportsItself() {
        return false;
    }

    /**
     * @param {Operation} op
     * @returns {boolean} the operation may start while Odoo cannot be reached
     */
    worksOffline(op) {
        return false;
    }

    /** Opens what takes time to open, so that a sale does not wait for it. */
    async prepare() {}

    /**
     * How the device is, as far as it tells by itself: nothing is asked for it.
     *
     * @param {(health: import("../machine_panel/machine_board").Health) => void} onHealth called now, and with
     *     each change
     * @returns {() => void} stop
     */
    watchHealth(onHealth) {
        onHealth({ state: "unknown", messages: [] });
        return () => {};
    }

    /**
     * Called now and then while nothing happens, and when somebody wants to know how the device is.
     * What is found is told to those who watch its health. Never rejects; each driver sees to it that
     * its device is not asked too often.
     *
     * @returns {Promise<void>}
     */
    async look() {}

    /** Lets go of what `prepare` and `subscribe` opened. */
    close() {}

    /**
     * Starts the operation; the runner calls this once per uuid.
     *
     * @param {Operation} op
     * @param {{onRequest: () => void}} [options] onRequest: to be called right before each request
     *     of the start; it throws when the request must not be sent any more
     * @returns {Promise<Progress>}
     */
    async start(op, options) {
        throw new Error(`${this.constructor.name} cannot start ${op.uuid}`);
    }

    /**
     * @param {Operation} op
     * @returns {Promise<Progress>} rejects with `isOperationUnknown` when it never started
     */
    async poll(op) {
        throw new Error(`${this.constructor.name} cannot poll ${op.uuid}`);
    }

    /**
     * Asks for the end; the outcome arrives through poll or subscribe.
     *
     * @param {Operation} op
     * @returns {Promise<Progress>}
     */
    async cancel(op) {
        throw new Error(`${this.constructor.name} cannot cancel ${op.uuid}`);
    }

    /**
     * Keeps what has been inserted as a partial payment.
     *
     * @param {Operation} op
     * @returns {Promise<Progress>}
     */
    async accept(op) {
        throw new Error(`${this.constructor.name} cannot accept ${op.uuid}`);
    }

    /**
     * Shows the request on the terminal again; nothing new is started.
     *
     * @param {Operation} op
     * @returns {Promise<Progress>}
     */
    async resend(op) {
        throw new Error(`${this.constructor.name} cannot send ${op.uuid} again`);
    }

    /** @returns {Promise<Object>} pieces per denomination per place */
    async inventory() {
        throw new Error(`${this.constructor.name} has no inventory`);
    }

    /**
     * Push instead of poll. `onLive` is called with false while the channel is down and with
     * true when it is back; a driver that never calls it is taken as live.
     *
     * @param {Operation} op
     * @param {(progress: Progress) => void} onProgress
     * @param {(live: boolean) => void} onLive
     * @returns {(() => void)|null} unsubscribe; null when the device cannot push
     */
    subscribe(op, onProgress, onLive) {
        return null;
    }
}

class DriverRegistry {
    constructor() {
        this._classes = new Map();
    }

    /**
     * @param {string} name the device's `driver`
     * @param {typeof Driver} DriverClass
     */
    add(name, DriverClass) {
        if (this._classes.has(name)) {
            throw new Error(`There is a driver "${name}" already.`);
        }
        this._classes.set(name, DriverClass);
        return this;
    }

    /**
     * @param {string} name
     * @returns {typeof Driver}
     */
    get(name) {
        const DriverClass = this._classes.get(name);
        if (!DriverClass) {
            throw new Error(`No driver "${name}": is its addon installed?`);
        }
        return DriverClass;
    }

    contains(name) {
        return this._classes.has(name);
    }
}

export const drivers = new DriverRegistry();
