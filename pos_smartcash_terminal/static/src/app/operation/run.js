/** @odoo-module */

import { makeProgress } from "../common/progress";

/** One operation on its way; everything that the view is made of. */
export class Run {
    /**
     * @param {import("../driver/driver").Operation} op
     * @param {Object} [known]
     * @param {boolean} [known.resumed]
     * @param {boolean} [known.isOurs]
     * @param {import("../common/progress").Progress|null} [known.progress]
     * @param {boolean} [known.handedOver]
     */
    constructor(
        op,
        { resumed = false, isOurs = !resumed, progress = null, handedOver = false } = {}
    ) {
        this.op = op;
        this.progress = progress || makeProgress({ phase: "registered" });
        this.resumed = resumed;
        /** This browser registered it, and has not forgotten. */
        this.isOurs = isOurs;
        this.handedOver = handedOver;
        this.startSent = resumed;
        /** The device has spoken of this operation at least once. */
        this.known = false;
        this.missing = 0;
        this.askingLedger = false;
        this.askLedgerAfter = 0;
        this.withdrawing = false;
        this.lostSince = null;
        this.lostLong = false;
        /** What was last seen to move, and whether that was long ago. */
        this.news = null;
        this.slow = false;
        this.slowTimer = null;
        /** Nobody at the till could hand over what is owed. */
        this.owedLeft = false;
        this.cancelWanted = false;
        this.cancelSent = false;
        this.accepting = null;
        this.resending = null;
        this.checking = null;
        this.notices = [];
        this.refusal = null;
        this.watch = null;
        this.lostTimer = null;
        this.expectOutcome();
    }

    expectOutcome() {
        this.settled = false;
        this.promise = new Promise((resolve) => {
            this.resolve = resolve;
        });
    }
}
