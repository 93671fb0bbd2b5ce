/** @odoo-module */

import { EventBus, markRaw, reactive } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { ErrorPopup } from "@point_of_sale/app/errors/popups/error_popup";

import { browserStorage } from "./common/browser_storage";

const MESSAGES = "smartcash_outbox_";

/**
 * In place of the service when that cannot start: a fault of ours never stops a till. The POS
 * starts, says so, and takes no machine payments; what the browser remembers stays where it is.
 */
export class NoMachines {
    /**
     * @param {Error} error why the service did not start
     * @param {{pos: object, popup: object}} services
     */
    constructor(error, { pos, popup }) {
        console.warn("SmartCash did not start", error);
        this.failure = _t(
            "Payments through machines are switched off on this till: %s. No money moved. Reload the page; if this comes back, tell a manager. Other payment methods work.",
            error.message || error
        );
        this.pos = pos;
        this.bus = new EventBus();
        this.runners = new Map();
        this.operations = {
            has: () => false,
            end: () => undefined,
            deviceOf: ({ device }) => device || null,
            isInReach: () => false,
        };
        this.state = reactive({ payments: {}, board: markRaw(this._board()) });
        this.board = { refresh: () => {}, redraw: () => {}, refreshSoon: () => {} };
        this.cashMoves = { current: null, start: async () => null, serve: async () => null };
        this.ledger = {
            flush: async () => this.ledger.waiting,
            problems: () => [],
            get waiting() {
                return messagesInStorage();
            },
        };
        for (const { payment_terminal } of pos.payment_methods) {
            if (payment_terminal && "smartcash" in payment_terminal) {
                payment_terminal.smartcash = this;
            }
        }
        popup.add(ErrorPopup, { title: _t("Machines are switched off"), body: this.failure });
    }

    _board() {
        return {
            machines: [],
            others: [],
            hasCardsOnly: false,
            state: "error",
            questions: 1,
            unsafe: 0,
            damaged: [],
            isCurrent: true,
            failure: this.failure,
        };
    }

    driverFor() {
        return null;
    }

    takeOrderToClose() {
        return false;
    }

    prepare() {}

    bringToFront() {}

    look() {}
}

/** An earlier page may have left messages that Odoo has not taken: nothing says "all is sent". */
function messagesInStorage() {
    const storage = browserStorage(window);
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
    return keys.filter((key) => key?.startsWith(MESSAGES)).length;
}
