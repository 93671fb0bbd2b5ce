/** @odoo-module */

/**
 * Records in the browser's storage, one key each, so that two tabs never overwrite each
 * other's. What the storage has no room for is kept in memory: better for as long as the page
 * lives than not at all.
 */
export class RecordStore {
    /**
     * @param {Storage} storage localStorage, or anything with its interface
     * @param {string} prefix
     */
    constructor(storage, prefix) {
        this._storage = storage;
        this._prefix = `${prefix}:`;
        this._overflow = new Map();
    }

    /**
     * @param {string} id
     * @param {Object} record JSON
     * @returns {boolean} false: it will not survive a reload
     */
    put(id, record) {
        const text = JSON.stringify(record);
        try {
            this._storage.setItem(this._prefix + id, text);
        } catch (error) {
            console.warn(`SmartCash: the browser's storage refused ${this._prefix}${id}`, error);
            this._overflow.set(this._prefix + id, text);
            return false;
        }
        this._overflow.delete(this._prefix + id);
        return true;
    }

    /**
     * @param {string} id
     * @returns {Object|null}
     */
    get(id) {
        return this._parse(this._prefix + id);
    }

    /** @param {string} id */
    remove(id) {
        this._overflow.delete(this._prefix + id);
        this._storage.removeItem(this._prefix + id);
    }

    /** @returns {Object[]} in the order of their ids */
    list() {
        const keys = new Set(this._overflow.keys());
        for (let index = 0; index < this._storage.length; index++) {
            const key = this._storage.key(index);
            if (key.startsWith(this._prefix)) {
                keys.add(key);
            }
        }
        return [...keys]
            .sort()
            .map((key) => this._parse(key))
            .filter((record) => record !== null);
    }

    _parse(key) {
        const text = this._overflow.get(key) ?? this._storage.getItem(key);
        if (text === null) {
            return null;
        }
        try {
            return JSON.parse(text);
        } catch (error) {
            console.warn(`SmartCash: cannot read ${key} from the browser's storage`, error);
            return null;
        }
    }
}
