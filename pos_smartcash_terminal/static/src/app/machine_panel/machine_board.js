/** @odoo-module */

import { systemClock } from "../common/clock";
import { LedgerUnreachable } from "../ledger/errors";
import { openOperations } from "../operation/open_operations";

/** ms between two looks at the ledger when nothing happens here. */
const SLOW = 60000;
/** ms after an operation's end: its order and its report come first. */
const AFTER_END = 3000;
/** ms in which several changes become one drawing. */
const DRAW_PAUSE = 50;
/** What the navbar shows of several machines: the one that most needs somebody. */
const WORST_FIRST = ["offline", "error", "attention", "busy", "unknown", "online"];

/**
 * @typedef {Object} Health how a device is, as its driver happens to know
 * @property {"online"|"busy"|"attention"|"offline"|"error"|"unknown"} state
 * @property {{code: string, text: string}[]} messages why
 * @property {Object|null} [inventory] what is inside, when the driver happens to know
 *
 * @typedef {Object} Board
 * @property {{id: number, name: string, isCard: boolean, state: string,
 *     messages: {code: string, text: string}[],
 *     operations: import("../operation/open_operations").OpenOperation[]}[]} machines
 * @property {import("../operation/open_operations").OpenOperation[]} others of no machine of this POS
 * @property {boolean} hasCardsOnly card terminals, and no machine
 * @property {string} [state] the navbar's; none without a machine
 * @property {number} questions how many operations ask for somebody
 * @property {number} unsafe records that only this page has, since the browser's storage refused them
 * @property {{key: string, text: string}[]} damaged records in the browser that nobody can read
 * @property {boolean} isCurrent Odoo answered the last time it was asked
 */

/**
 * The machines of this POS and what is open on them. Now and then it asks Odoo what is open, and the
 * drivers to look how their devices are.
 */
export class MachineBoard {
    /**
     * @param {Object} params
     * @param {import("../ledger/ledger").LedgerClient} params.ledger
     * @param {{id: number, name: string, methodIds: number[], capabilities?: {card?: boolean}}[]}
     *     params.devices
     * @param {(device: Object, onHealth: (health: Health) => void) => () => void} params.watchHealth
     * @param {(device: Object) => Promise<void>} params.lookAt has its driver look how it is
     * @param {(devices: Object[], inventoryOf: (device: Object) => Object|null|undefined) =>
     *     Promise<Map<number, string>>} params.watchLevels what runs out, by device id
     * @param {() => {running: Set<string>, aside: Set<string>, settled: Set<string>}} params.look what this page knows
     * @param {(op: import("../driver/driver").Operation) => boolean} params.isInReach this page can ask about
     *     it
     * @param {(board: Board) => void} params.onChange
     * @param {import("../common/clock").Clock} [params.clock]
     */
    constructor({
        ledger,
        devices,
        watchHealth,
        lookAt,
        watchLevels,
        look,
        isInReach,
        onChange,
        clock = systemClock,
    }) {
        this._ledger = ledger;
        this._devices = devices;
        this._watchHealth = watchHealth;
        this._lookAt = lookAt;
        this._watchLevels = watchLevels;
        this._runsOut = new Map();
        this._look = look;
        this._isInReach = isInReach;
        this._onChange = onChange;
        this._clock = clock;
        this._health = new Map();
        this._stops = [];
        this._rows = [];
        this._isCurrent = true;
        this._refreshing = null;
        this._timer = null;
        this._drawing = null;
    }

    open() {
        for (const device of this._devices) {
            const stop = this._watchHealth(device, (health) => {
                this._health.set(device.id, health);
                this.redraw();
            });
            this._stops.push(stop);
        }
        return this.refresh();
    }

    close() {
        this._clock.clearTimeout(this._timer);
        this._clock.clearTimeout(this._drawing);
        this._stops.splice(0).forEach((stop) => stop());
    }

    /** Asks Odoo what is open. @returns {Promise<void>} */
    refresh() {
        this._refreshing ??= this._refresh().finally(() => {
            this._refreshing = null;
        });
        return this._refreshing;
    }

    /** An operation has ended: what it leaves open is known in a moment. */
    refreshSoon() {
        this.redraw();
        if (this._devices.length) {
            this._schedule(AFTER_END);
        }
    }

    redraw() {
        this._drawing ??= this._clock.setTimeout(() => {
            this._drawing = null;
            this._onChange(this.board());
        }, DRAW_PAUSE);
    }

    /** @returns {Board} */
    board() {
        const { running, aside, settled } = this._look();
        const operations = openOperations({
            rows: this._rows,
            stored: this._ledger.storedOperations(),
            problems: this._ledger.problems(),
            handedOver: this._ledger.handedOver,
            running,
            aside,
            settled,
            isInReach: this._isInReach,
            now: this._clock.now(),
        });
        const unsafe = this._ledger.unsafe;
        const damaged = this._ledger.damaged();
        const taken = new Set();
        const machines = this._devices.map((device) => {
            const own = operations.filter(({ op }) => runsOn(device, op));
            own.forEach((operation) => taken.add(operation));
            return {
                id: device.id,
                name: device.name,
                isCard: Boolean(device.capabilities?.card),
                ...this._stateOf(device, own),
                operations: own,
            };
        });
        return {
            machines,
            others: operations.filter((operation) => !taken.has(operation)),
            hasCardsOnly: machines.length > 0 && machines.every(({ isCard }) => isCard),
            state: WORST_FIRST.find((state) => machines.some((one) => one.state === state)),
            questions:
                operations.filter((operation) => operation.asks).length +
                damaged.length +
                (unsafe ? 1 : 0),
            unsafe,
            damaged,
            isCurrent: this._isCurrent,
        };
    }

    _stateOf({ id }, operations) {
        const health = this._health.get(id) || { state: "unknown", messages: [] };
        const works = operations.some(({ what }) => ["here", "aside", "starting"].includes(what));
        const isWell = ["online", "unknown"].includes(health.state);
        if (works && isWell) {
            return { state: "busy", messages: [] };
        }
        const text = isWell && this._runsOut.get(id);
        return text
            ? { state: "attention", messages: [...health.messages, { code: "levels", text }] }
            : health;
    }

    async _refresh() {
        this._clock.clearTimeout(this._timer);
        if (!this._devices.length) {
            // A POS without a machine has nothing to ask Odoo for.
            this.redraw();
            return;
        }
        this._devices.forEach((device) => this._lookAt(device));
        try {
            const answer = await this._ledger.pending();
            this._isCurrent = Array.isArray(answer);
            this._rows = this._isCurrent ? answer : this._rows;
        } catch (error) {
            this._isCurrent = false;
            if (!(error instanceof LedgerUnreachable)) {
                console.warn("SmartCash: Odoo does not tell what is open", error);
            }
        }
        await this._lookAtLevels();
        this._schedule(SLOW);
        this.redraw();
    }

    /** While money moves its driver knows no count; what was known before is as good. */
    async _lookAtLevels() {
        const inventoryOf = ({ id }) => {
            const { state, inventory } = this._health.get(id) || {};
            return state === "busy" ? null : inventory;
        };
        try {
            this._runsOut = await this._watchLevels(this._devices, inventoryOf);
        } catch (error) {
            console.warn("SmartCash: not known what runs out in the machines", error);
        }
    }

    _schedule(pause) {
        this._clock.clearTimeout(this._timer);
        this._timer = this._clock.setTimeout(() => this.refresh(), pause);
    }
}

/** A method may lead each user to another machine: it says only where nothing else does. */
function runsOn({ id, methodIds }, op) {
    return op.device ? op.device.id === id : methodIds.includes(op.paymentMethodId);
}
