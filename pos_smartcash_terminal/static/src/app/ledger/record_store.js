/** @odoo-module */

/** Where copies of records go that nobody can read and that are about to be replaced. */
const DAMAGED = "smartcash_damaged:";

/**
 * Records in the browser's storage, one key each, so that two tabs never overwrite each
 * other's. What the storage does not take is kept in memory: better for as long as the page
 * lives than not at all. What cannot be read is left where it is, and listed apart.
 */
export class RecordStore {
    /**
     * @param {Storage} storage localStorage, or anything with its interface
     * @param {string} prefix
     * @param {(record: any, id: string) => boolean} [isRecord] whether what was read can be one
     */
    constructor(storage, prefix, isRecord = (record) => Boolean(record)) {
        this._storage = storage;
        this._prefix = `${prefix}:`;
        this._isRecord = isRecord;
        this._overflow = new Map();
        /** Keys that the storage would not let go of: gone for this page. */
        this._removed = new Set();
    }

    /** @returns {number} records that a reload would lose */
    get unsafe() {
        return this._overflow.size;
    }

    /**
     * @param {string} id
     * @param {Object} record JSON
     * @returns {boolean} false: it will not survive a reload
     */
    put(id, record) {
        const key = this._prefix + id;
        this._keepDamaged(key);
        this._removed.delete(key);
        const isSafe = this._write(key, JSON.stringify(record));
        if (isSafe) {
            this._writeOverflow();
        }
        return isSafe;
    }

    /**
     * @param {string} id
     * @returns {Object|null}
     */
    get(id) {
        return this._record(this._prefix + id);
    }

    /** @param {string} id */
    remove(id) {
        this._removeKey(this._prefix + id);
    }

    /** @returns {Object[]} in the order of their ids */
    list() {
        return this._keys(this._prefix)
            .map((key) => this._record(key))
            .filter((record) => record !== null);
    }

    /** @returns {{key: string, text: string}[]} what lies here and is no record */
    damaged() {
        const here = this._keys(this._prefix).filter((key) => this._record(key) === null);
        return [...here, ...this._keys(DAMAGED + this._prefix)].map((key) => ({
            key,
            text: this._text(key),
        }));
    }

    /** @param {string} key of `damaged` */
    dropDamaged(key) {
        if (this.damaged().some((record) => record.key === key)) {
            this._removeKey(key);
        }
    }

    _write(key, text) {
        try {
            this._storage.setItem(key, text);
            // A page without a storage may have been given memory that looks like one.
            if (this._storageKeys().includes(key)) {
                this._overflow.delete(key);
                return true;
            }
        } catch (error) {
            console.warn(`SmartCash: the browser's storage refused ${key}`, error);
        }
        this._overflow.set(key, text);
        return false;
    }

    /** There was room just now: maybe there is for what had to wait. */
    _writeOverflow() {
        for (const [key, text] of [...this._overflow]) {
            if (!this._write(key, text)) {
                return;
            }
        }
    }

    _keepDamaged(key) {
        const text = this._text(key);
        if (text !== null && this._record(key) === null) {
            this._write(DAMAGED + key, text);
        }
    }

    _removeKey(key) {
        this._overflow.delete(key);
        try {
            this._storage.removeItem(key);
        } catch (error) {
            console.warn(`SmartCash: the browser's storage keeps ${key}`, error);
            this._removed.add(key);
        }
    }

    _keys(prefix) {
        const keys = new Set([...this._overflow.keys(), ...this._storageKeys()]);
        return [...keys].filter((key) => key.startsWith(prefix) && !this._removed.has(key)).sort();
    }

    _storageKeys() {
        try {
            const { length } = this._storage;
            return Array.from({ length }, (_, index) => this._storage.key(index)).filter(Boolean);
        } catch (error) {
            console.warn("SmartCash: the browser's storage cannot be read", error);
            return [];
        }
    }

    _text(key) {
        if (this._overflow.has(key)) {
            return this._overflow.get(key);
        }
        if (this._removed.has(key)) {
            return null;
        }
        try {
            return this._storage.getItem(key) ?? null;
        } catch (error) {
            console.warn(`SmartCash: cannot read ${key} from the browser's storage`, error);
            return null;
        }
    }

    /** @returns {Object|null} null: there is none, or none that can be read */
    _record(key) {
        const text = this._text(key);
        if (text === null) {
            return null;
        }
        try {
            const record = JSON.parse(text);
            return this._isRecord(record, key.slice(this._prefix.length)) ? record : null;
        } catch (error) {
            console.warn(`SmartCash: ${key} in the browser's storage cannot be read`, error);
            return null;
        }
    }
}
