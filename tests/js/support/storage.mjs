/** localStorage's interface over a Map; `full` makes it refuse as a browser does. */
export class MemoryStorage {
    constructor() {
        this._items = new Map();
        this.full = false;
        this.writes = [];
    }

    get length() {
        return this._items.size;
    }

    key(index) {
        return [...this._items.keys()][index] ?? null;
    }

    getItem(key) {
        return this._items.get(key) ?? null;
    }

    setItem(key, value) {
        if (this.full) {
            throw new Error("QuotaExceededError");
        }
        this._items.set(key, String(value));
        this.writes.push(key);
    }

    removeItem(key) {
        this._items.delete(key);
    }
}
