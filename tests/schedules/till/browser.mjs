import { MemoryStorage } from "../../js/support/storage.mjs";
import { Page } from "./page.mjs";

/** A browser at a till: one storage, and tabs that come and go; its cashier, or whoever logs in. */
export class Browser {
    constructor(world, uid) {
        this.world = world;
        this.uid = uid;
        this.storage = new MemoryStorage();
        this.locks = new Locks();
        /** @type {Map<number, Page>} */
        this.tabs = new Map();
    }

    /** Opens the POS in a tab; in one that shows it already, this is a reload. */
    open(tab, uid = this.uid) {
        this.close(tab);
        const page = new Page(this, uid);
        this.tabs.set(tab, page);
        page.resume();
    }

    /**
     * Core builds an order anew from Odoo's copy: lines that the copy does not have are gone.
     *
     * @returns {string[]} the operations whose lines went
     */
    replace(orderUid, kept) {
        const [page] = this.tabs.values();
        const gone = page
            ? page.lines().filter(({ op }) => op.orderUid === orderUid && !kept.includes(op.uuid))
            : [];
        gone.forEach((line) => page.loseLine(line));
        return gone.map(({ op }) => op.uuid);
    }

    close(tab) {
        const page = this.tabs.get(tab);
        if (page) {
            page.die();
            this.tabs.delete(tab);
            this.locks.release(page);
        }
    }
}

/** As much of `navigator.locks` as the outbox uses. */
class Locks {
    constructor() {
        this._held = new Map();
    }

    /** The LockManager as one page sees it. */
    of(page) {
        return {
            request: async (name, { ifAvailable }, callback) => {
                if (!ifAvailable) {
                    throw new Error("only ifAvailable is played here");
                }
                if (page.dead) {
                    return new Promise(() => {});
                }
                if (this._held.has(name)) {
                    return callback(null);
                }
                this._held.set(name, page);
                try {
                    return await callback({ name });
                } finally {
                    if (this._held.get(name) === page) {
                        this._held.delete(name);
                    }
                }
            },
        };
    }

    /** The browser takes the locks of a page that went away. */
    release(page) {
        for (const [name, holder] of this._held) {
            if (holder === page) {
                this._held.delete(name);
            }
        }
    }
}
