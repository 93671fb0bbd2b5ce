/** @odoo-module */

import { drivers } from "../driver/driver";
import { settledByLedger } from "./ledger_outcome";
import { OperationRunner } from "./runner";
import { ServerDriver } from "../driver/server_driver";
import { isByHand } from "../common/uuid";

/**
 * Where the result of an operation is written: a payment line, or a cash move.
 *
 * @typedef {Object} Sink
 * @property {(op: import("../driver/driver").Operation, outcome: import("./runner").Outcome,
 *     isResumed: boolean) => any} settle what the operation's promise resolves to
 * @property {(op: import("../driver/driver").Operation, device: Object|null) => any} outOfReach this page
 *     cannot talk to the operation's device, or nobody says which one it is: the outcome stays open
 */

/**
 * The one owner of the operations of this page: uuid → operation with its device, runner, promise of
 * the end and sink. An operation's device chooses the driver, whoever is logged in and wherever the
 * rules lead by now; no other device is ever asked about it.
 */
export class OperationRegistry {
    /**
     * @param {Object} params
     * @param {import("../ledger/ledger").LedgerClient} params.ledger
     * @param {() => Object[]} params.devices those that this page's user works with
     * @param {(device: Object) => Object} params.servicesFor what a driver may use of the world
     * @param {typeof OperationRunner} [params.Runner]
     * @param {import("../common/clock").Clock} [params.clock]
     */
    constructor({ ledger, devices, servicesFor, Runner = OperationRunner, clock }) {
        this._ledger = ledger;
        this._devices = devices;
        this._servicesFor = servicesFor;
        this._Runner = Runner;
        this._clock = clock;
        this._drivers = new Map();
        this._entries = new Map();
        /** Of those that a device works on, or is asked about: uuid → runner. */
        this.runners = new Map();
    }

    // ------------------------------------------------------------------ devices

    /**
     * @param {import("../driver/driver").Operation} op
     * @returns {Object|null} as this page knows it, else as the operation carries it; null: nobody
     *     has written down which one it is
     */
    deviceOf({ device }) {
        return device ? this._devices().find(({ id }) => id === device.id) || device : null;
    }

    /**
     * One driver object per device, made when it is first needed: a POS loads the methods of the
     * whole company and must not talk to machines that it never uses.
     *
     * @param {Object|null} device
     * @returns {import("../driver/driver").Driver|null} null when this page cannot talk to the device: no
     *     addon brings its driver, or it works with another till only
     */
    driverFor(device) {
        const DriverClass = driverClassOf(device);
        if (!DriverClass) {
            return null;
        }
        if (!this._drivers.has(device.id)) {
            const services = this._servicesFor(device);
            this._drivers.set(device.id, new DriverClass({ device, services }));
        }
        return this._drivers.get(device.id);
    }

    /**
     * @param {import("../driver/driver").Operation} op
     * @returns {boolean} whoever knows how it ended can be asked from here
     */
    isInReach(op) {
        return isByHand(op.uuid) || !op.device || Boolean(driverClassOf(this.deviceOf(op)));
    }

    // ------------------------------------------------------------------ operations

    /** @returns {boolean} it runs in this page */
    has(uuid) {
        return this._entries.has(uuid);
    }

    /** @returns {Promise<any>|undefined} what its sink makes of the end */
    end(uuid) {
        return this._entries.get(uuid)?.end;
    }

    /** @returns {Set<string>} */
    get uuids() {
        return new Set(this._entries.keys());
    }

    /**
     * Runs an operation to its end; with `resume`, watches one that already runs to its end. Asked
     * twice it is done once.
     *
     * @param {import("../driver/driver").Operation} op
     * @param {Sink} sink
     * @param {Object} how
     * @param {boolean} how.resume
     * @param {Object|null} [how.usualDevice] for an operation that carries no device, and of which
     *     Odoo has not heard either
     * @param {(view: import("./view").OperationView, device: Object) => void} how.onView
     * @returns {Promise<any>}
     */
    run(op, sink, { resume, usualDevice = null, onView }) {
        return this.track(op, () => this._run(op, sink, { resume, usualDevice, onView }));
    }

    /**
     * An operation without a device: a person does it, and Odoo is asked.
     *
     * @param {import("../driver/driver").Operation} op
     * @param {() => Promise<any>} begin
     * @returns {Promise<any>}
     */
    track(op, begin) {
        const { uuid } = op;
        if (!this.has(uuid)) {
            /** @type {{op: import("../driver/driver").Operation, end: Promise<any>|null}} */
            const entry = { op, end: null };
            this._entries.set(uuid, entry);
            entry.end = begin().finally(() => this._entries.delete(uuid));
        }
        return /** @type {Promise<any>} */ (this.end(uuid));
    }

    async _run(op, sink, { resume, usualDevice, onView }) {
        const device = this.deviceOf(op) || (await this._locate(op, usualDevice));
        const driver = this.driverFor(device);
        if (!driver) {
            return sink.outOfReach(op, device);
        }
        const known = { ...op, device };
        const runner = new this._Runner({
            driver,
            ledger: this._ledger,
            clock: this._clock,
            onChange: (view) => onView(view, device),
        });
        this.runners.set(op.uuid, runner);
        let outcome;
        try {
            outcome = await (resume ? runner.resume(known) : runner.run(known));
            if (resume && outcome.result === "unknown") {
                outcome = await this._askLedger(known, outcome);
            }
        } finally {
            this.runners.delete(op.uuid);
        }
        return sink.settle(known, outcome, resume);
    }

    /** An order or a record of before operations carried their device: Odoo may know it. */
    async _locate(op, usualDevice) {
        let row;
        try {
            row = await this._ledger.lookup(op.uuid);
        } catch (error) {
            console.warn("SmartCash: not known on which machine an operation runs", error);
            return null;
        }
        if (row.refused) {
            return row.refused.code === "unknown_operation" ? usualDevice : null;
        }
        return this.deviceOf(row);
    }

    /** The machine does not know how it ended; a manager may have settled it in Odoo meanwhile. */
    async _askLedger(op, outcome) {
        try {
            const answer = await this._ledger.report(op.uuid, outcome.progress, op.device.id);
            return settledByLedger(op, outcome, answer);
        } catch (error) {
            console.warn("SmartCash: Odoo was asked about an open operation and failed", error);
            return outcome;
        }
    }
}

/** @returns {typeof import("../driver/driver").Driver|null} */
function driverClassOf(device) {
    if (!device) {
        return null;
    }
    if (device.transport === "server") {
        return ServerDriver;
    }
    // Odoo tells an address only to whom its rules lead there.
    return "endpoint" in device && drivers.contains(device.driver)
        ? drivers.get(device.driver)
        : null;
}
