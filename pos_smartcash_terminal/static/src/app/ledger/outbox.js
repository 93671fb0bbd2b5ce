/** @odoo-module */

import { systemClock } from "../common/clock";
import { LedgerUnreachable } from "./errors";
import { RecordStore } from "./record_store";
import { isLetter } from "./stored_shapes";

const FIRST_RETRY = 1000;
const LONGEST_RETRY = 60000;
const MAX_ATTEMPTS = 12;
/** Time-outs in a row after which Odoo, and not one message, is taken to be the trouble. */
const MAX_TIMEOUTS = 2;
const SEQUENCE_DIGITS = 12;

/**
 * @typedef {Object} Letter
 * @property {string} id sorts by age
 * @property {string} uuid the operation it is about
 * @property {string} chain letters of one chain are delivered in order
 * @property {string} method
 * @property {any[]} args
 * @property {boolean} final false: a newer letter about the same operation replaces it
 * @property {Object|null} [wish] the registration of an operation that no device has heard of
 * @property {number} attempts answers that were no answer
 * @property {{code: string, message: string}|null} problem why Odoo will not have it
 */

/**
 * Messages for Odoo that must arrive, once, in order, whatever happens to page and network.
 * A letter leaves the box only after Odoo's answer. Delivery may repeat (a lost answer), so
 * every method in here is one that Odoo takes twice without harm.
 */
export class Outbox {
    /**
     * @param {Object} params
     * @param {Storage} params.storage
     * @param {string} params.key
     * @param {(letter: Letter) => Promise<{code: string, message: string, temporary?: boolean}|null>}
     *     params.deliver resolves to null when Odoo took it and to the refusal when not; rejects
     *     with LedgerUnreachable or LedgerFault
     * @param {import("../common/clock").Clock} [params.clock]
     * @param {LockManager|null} [params.locks] Web Locks, where the page has them
     * @param {() => void} [params.onChange]
     */
    constructor({ storage, key, deliver, clock = systemClock, locks = null, onChange = () => {} }) {
        this._store = new RecordStore(storage, key, isLetter);
        this._key = key;
        this._deliver = deliver;
        this._clock = clock;
        this._locks = locks;
        this._onChange = onChange;
        this._tab = Math.random().toString(36).slice(2, 8);
        this._flushing = null;
        this._again = false;
        this._timer = null;
        this._delay = FIRST_RETRY;
        /** Chains whose last try timed out: the others go first. */
        this._slow = new Set();
    }

    /** @returns {number} letters that a reload would lose */
    get unsafe() {
        return this._store.unsafe;
    }

    /** @returns {{key: string, text: string}[]} what lies in the box and is no letter */
    damaged() {
        return this._store.damaged();
    }

    dropDamaged(key) {
        this._store.dropDamaged(key);
        this._onChange();
    }

    /** @returns {Letter[]} oldest first */
    letters() {
        return this._store.list();
    }

    /** @returns {Letter[]} those that Odoo refused and that wait for a person */
    problems() {
        return this.letters().filter((letter) => letter.problem);
    }

    /**
     * Persists the letter, then returns; sending is `flush`'s.
     *
     * @param {{uuid: string, chain?: string, method: string, args: any[], final?: boolean,
     *     wish?: Object|null}} letter
     * @returns {Letter}
     */
    push({ uuid, chain = uuid, method, args, final = true, wish = null }) {
        const letters = this.letters();
        const last = letters.length ? parseInt(letters[letters.length - 1].id, 10) : 0;
        const sequence = String(last + 1).padStart(SEQUENCE_DIGITS, "0");
        const letter = {
            id: `${sequence}-${this._tab}`,
            uuid,
            chain,
            method,
            args,
            final,
            wish,
            attempts: 0,
            problem: null,
        };
        this._store.put(letter.id, letter);
        for (const old of letters) {
            if (old.uuid === uuid && !old.final) {
                this._store.remove(old.id);
            }
        }
        this._again = true;
        this._onChange();
        return letter;
    }

    /**
     * Delivers what can be delivered. Safe to call at any time, from several tabs.
     *
     * @returns {Promise<number>} letters left
     */
    flush() {
        this._again = true;
        this._flushing = this._flushing || this._flush();
        return this._flushing;
    }

    /**
     * Tries a refused letter again, after a person removed the reason.
     *
     * @param {string} id
     */
    retry(id) {
        const letter = this._store.get(id);
        if (letter) {
            this._store.put(id, { ...letter, attempts: 0, problem: null });
            this._onChange();
        }
        return this.flush();
    }

    /**
     * Drops a refused letter, after a person settled it in Odoo.
     *
     * @param {string} id
     */
    dismiss(id) {
        if (this._store.get(id)?.problem) {
            this._store.remove(id);
            this._onChange();
        }
    }

    close() {
        this._clock.clearTimeout(this._timer);
        this._timer = null;
    }

    async _flush() {
        this._clock.clearTimeout(this._timer);
        this._timer = null;
        let retry = true;
        try {
            while (this._again) {
                this._again = false;
                retry = await this._withLock(() => this._drain());
            }
        } finally {
            // At once, not in a later microtask: a letter pushed in between would be forgotten.
            this._flushing = null;
        }
        if (retry) {
            this._timer = this._clock.setTimeout(() => this.flush(), this._delay);
            this._delay = Math.min(this._delay * 2, LONGEST_RETRY);
        } else {
            this._delay = FIRST_RETRY;
        }
        return this.letters().length;
    }

    /** Another tab that holds the lock is sending these very letters: look again later. */
    async _withLock(drain) {
        if (!this._locks) {
            return drain();
        }
        return this._locks.request(this._key, { ifAvailable: true }, (lock) =>
            lock ? drain() : this.letters().some((letter) => !letter.problem)
        );
    }

    /** @returns {Promise<boolean>} something is left that time may cure */
    async _drain() {
        const blocked = new Set();
        let timeouts = 0;
        for (let letter; (letter = this._next(blocked));) {
            try {
                const refusal = await this._deliver(letter);
                timeouts = 0;
                this._slow.delete(letter.chain);
                if (!refusal) {
                    this._store.remove(letter.id);
                    this._delay = FIRST_RETRY;
                } else {
                    blocked.add(letter.chain);
                    // However long it takes: money may have moved, and time will cure it.
                    this._keep(letter, refusal.temporary ? null : refusal);
                }
            } catch (error) {
                if (error instanceof LedgerUnreachable) {
                    if (!error.timedOut || ++timeouts >= MAX_TIMEOUTS) {
                        return true;
                    }
                    // This one message may be the trouble: the others need not wait for it.
                    blocked.add(letter.chain);
                    this._slow.add(letter.chain);
                    continue;
                }
                timeouts = 0;
                blocked.add(letter.chain);
                const giveUp = error.lasting || letter.attempts + 1 >= MAX_ATTEMPTS;
                this._keep(letter, giveUp ? { code: "fault", message: error.message } : null);
            } finally {
                this._onChange();
            }
        }
        return this.letters().some((letter) => !letter.problem && !this._stuck(letter));
    }

    /** The oldest letter whose chain is not held up by an earlier one; slow chains come last. */
    _next(blocked) {
        const held = new Set(blocked);
        let slow = null;
        for (const letter of this.letters()) {
            if (held.has(letter.chain)) {
                continue;
            }
            if (!letter.problem && !this._slow.has(letter.chain)) {
                return letter;
            }
            slow ??= letter.problem ? null : letter;
            held.add(letter.chain);
        }
        return slow;
    }

    _stuck(letter) {
        return this.problems().some(
            (other) => other.chain === letter.chain && other.id < letter.id
        );
    }

    _keep(letter, problem) {
        const attempts = letter.attempts + 1;
        if (this._store.get(letter.id)) {
            this._store.put(letter.id, { ...letter, attempts, problem });
        }
    }
}
