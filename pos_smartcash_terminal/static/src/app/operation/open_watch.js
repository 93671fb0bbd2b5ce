/** @odoo-module */

import { systemClock } from "../common/clock";
import { sameProgress } from "../common/progress";

/** ms between two looks at what nobody knows the end of. */
const PAUSE = 20000;
/** Operations that are looked at in one round. */
const MOST = 5;

/**
 * Looks now and then what became of the operations that this till left as a question: when the
 * machine is back, what it really holds reaches the cashier without anybody pressing a button.
 */
export class OpenWatch {
    /**
     * @param {Object} params
     * @param {import("../ledger/ledger").LedgerClient} params.ledger
     * @param {(op: import("../driver/driver").Operation) => Promise<any>} params.look asks the device
     *     without bringing anything to the front; what is found is in the ledger's storage then
     * @param {(uuid: string) => boolean} params.isBusy somebody looks at it already
     * @param {(op: import("../driver/driver").Operation, progress: import("../common/progress").Progress) => void}
     *     params.onNews still a question, but more is known
     * @param {import("../common/clock").Clock} [params.clock]
     */
    constructor({ ledger, look, isBusy, onNews, clock = systemClock }) {
        this._ledger = ledger;
        this._look = look;
        this._isBusy = isBusy;
        this._onNews = onNews;
        this._clock = clock;
        this._timer = null;
        this._next = 0;
    }

    start() {
        this._timer = this._clock.setTimeout(async () => {
            await this._round();
            this.start();
        }, PAUSE);
    }

    close() {
        this._clock.clearTimeout(this._timer);
    }

    async _round() {
        const open = this._ledger.unknownOperations().filter(({ uuid }) => !this._isBusy(uuid));
        // More than fit in one round take turns.
        const from = this._next < open.length ? this._next : 0;
        this._next = from + MOST;
        for (const { uuid, op, progress } of open.slice(from, from + MOST)) {
            try {
                await this._look(op);
                const now = this._ledger.storedOperation(uuid)?.progress;
                if (now?.state === "unknown" && !(progress && sameProgress(now, progress))) {
                    this._onNews(op, now);
                }
            } catch (error) {
                console.warn(`SmartCash: a look at the open operation ${uuid} failed`, error);
            }
        }
    }
}
