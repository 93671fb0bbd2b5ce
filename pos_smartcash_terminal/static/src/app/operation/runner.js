/** @odoo-module */

import { systemClock } from "../common/clock";
import { DriverError, isNo, isOperationUnknown } from "../driver/driver";
import { ledgerVerdict } from "./ledger_outcome";
import { OperationConsent } from "./consent";
import { Run } from "./run";
import { OperationWatch } from "./watch";
import { makeView, resultOf } from "./view";
import {
    isEnded,
    isFinal,
    isMachineLost,
    makeProgress,
    mergeProgress,
    owedByHand,
    settledAmount,
} from "../common/progress";

/** ms without an answer, or without anything new, after which the cashier can go on. */
const LOST_LONG = 3000;
const SLOW_AFTER = 10000;
/** Why nobody answers, where the cashier has to read it. */
const SAYS_MORE = ["denied", "odoo_unreachable"];
/** Looks that must agree before "the device does not know it" is believed: the start may still
 * be on its way to the device when the first one overtakes it. */
const MISSING_LOOKS = 2;
/** ms until Odoo is asked again what it knows of an operation that the device does not know. */
const LEDGER_PAUSE = 3000;

/**
 * How an operation ended.
 *
 * @typedef {Object} Outcome
 * @property {string} uuid
 * @property {"paid"|"partial"|"nothing"|"shortfall"|"unknown"} result
 * @property {number} lineAmount net + rounding − handed over, or left owed, minor units
 * @property {number} owed what nobody has handed over yet, minor units
 * @property {import("../common/progress").Progress} progress
 * @property {Refusal|null} refusal why nothing was started
 *
 * @typedef {{code: string, message: string, operation?: string}} Refusal
 */

/**
 * Drives one operation at a time through a driver: has it registered, starts it once, watches,
 * cancels, recovers, and reports how it ended.
 */
export class OperationRunner {
    /**
     * @param {Object} params
     * @param {import("../driver/driver").Driver} params.driver
     * @param {import("../ledger/ledger").LedgerClient} params.ledger
     * @param {import("../common/clock").Clock} [params.clock]
     * @param {(view: import("./view").OperationView) => void|Promise<void>}
     *     [params.onChange]
     * @param {(term: string) => string} [params._t]
     */
    constructor({ driver, ledger, clock = systemClock, onChange = () => {}, _t = driver._t }) {
        this._driver = driver;
        this._ledger = ledger;
        this._clock = clock;
        this._onChange = onChange;
        this._t = _t || ((term) => term);
        this._consent = new OperationConsent({ driver, ledger, _t: this._t });
        this._run = null;
        /** @type {import("./view").OperationView} */
        this.view = makeView(new Run({ uuid: "", kind: "sale", amount: 0, currency: "" }));
    }

    /** @returns {boolean} an operation has no outcome yet */
    get busy() {
        return Boolean(this._run && !this._run.settled);
    }

    /**
     * Never rejects. Called again for the same uuid it answers with the same outcome; an
     * operation that was started before a reload is resumed, not started again.
     *
     * @param {import("../driver/driver").Operation} op
     * @returns {Promise<Outcome>}
     */
    run(op) {
        return this._enter(op) || this._begin(new Run(op), (run) => this._execute(run));
    }

    /**
     * Finds out what became of an operation that this page did not start.
     *
     * @param {import("../driver/driver").Operation} op
     * @returns {Promise<Outcome>}
     */
    resume(op) {
        return this._enter(op) || this._pickUp(op);
    }

    /**
     * Asks for the end. The outcome still comes from the device: a customer who completes the
     * payment meanwhile has paid.
     *
     * @returns {Promise<boolean>} the wish is on its way
     */
    async cancel() {
        const run = this._run;
        if (!run || isEnded(run.progress) || run.progress.phase === "dispensing") {
            return false;
        }
        if (!run.cancelWanted) {
            run.cancelWanted = true;
            this._changed(run);
            await this._sendCancel(run);
        }
        return run.cancelWanted;
    }

    /**
     * Keeps what has been inserted as a partial payment.
     *
     * @returns {Promise<boolean>} the device agreed
     */
    accept() {
        const run = this._run;
        if (!run || !run.progress.acceptable) {
            return Promise.resolve(false);
        }
        run.accepting = run.accepting || this._sendAccept(run);
        this._changed(run);
        return run.accepting;
    }

    /**
     * Shows the request on the card terminal again.
     *
     * @returns {Promise<boolean>} the terminal agreed
     */
    resend() {
        const run = this._run;
        if (!run || isEnded(run.progress) || run.cancelWanted || !run.known) {
            return Promise.resolve(false);
        }
        run.resending = run.resending || this._sendAgain(run);
        this._changed(run);
        return run.resending;
    }

    /**
     * A person has given out what the machine could not.
     *
     * @returns {boolean} false when there was nothing (more) to hand over
     */
    handedOver() {
        const run = this._run;
        if (!run || !owedByHand(run.progress, run.handedOver)) {
            return false;
        }
        run.handedOver = true;
        this._save(run, { handedOver: true, owedLeft: false });
        this._ledger.registerByHand(run.op, run.progress.undispensed);
        this._changed(run);
        this._settle(run);
        return true;
    }

    /**
     * Nobody at this till can hand it over now. The order goes on as if it had been; what is owed
     * stays a question, in the ledger and on the panel, until somebody has given it.
     *
     * @returns {boolean} false when there was nothing (more) to hand over
     */
    leaveOwed() {
        const run = this._run;
        if (!run || run.settled || !owedByHand(run.progress, run.handedOver)) {
            return false;
        }
        run.owedLeft = true;
        this._save(run, { owedLeft: true });
        this._ledger.notHandedOver(run.op.uuid);
        this._changed(run);
        this._settle(run);
        return true;
    }

    /**
     * Another tab or browser may have settled what a person owes: nobody shall give it twice.
     *
     * @returns {Promise<void>}
     */
    async recall() {
        const run = this._run;
        const isOwed = () => !run.settled && owedByHand(run.progress, run.handedOver) > 0;
        if (!run || !isOwed()) {
            return;
        }
        const row = this._ledger.storedOperation(run.op.uuid);
        if ((row?.handedOver || (await this._isHandedOver(run))) && isOwed()) {
            run.handedOver = true;
            if (row) {
                this._ledger.saveOperation({ uuid: run.op.uuid, handedOver: true });
            }
            this._changed(run);
            this._settle(run);
        }
    }

    /** What Odoo has booked for it; the end itself may be reported again without harm. */
    async _isHandedOver(run) {
        try {
            const row = await this._ledger.report(run.op.uuid, run.progress, this._deviceId);
            return Boolean(row.handedOver);
        } catch (error) {
            console.warn("SmartCash: not known whether the money was handed over elsewhere", error);
            return false;
        }
    }

    /**
     * Asks the device again about an operation with an unknown outcome.
     *
     * @returns {Promise<Outcome>} still "unknown" when the device does not know either
     */
    check() {
        const run = this._run;
        if (!run || run.progress.state !== "unknown") {
            return run ? run.promise : Promise.reject(new Error("There is nothing to check."));
        }
        run.checking = run.checking || this._check(run);
        this._changed(run);
        return run.checking;
    }

    /**
     * The cashier stops waiting for a device that cannot be reached for long. The outcome is
     * "unknown" and stays open in the ledger.
     *
     * @returns {boolean}
     */
    stopWaiting() {
        const run = this._run;
        if (!run || isEnded(run.progress) || !run.lostLong) {
            return false;
        }
        this._end(run, makeProgress({ ...run.progress, state: "unknown" }));
        return true;
    }

    /** The promise of a run that is there already, or a refusal when another one is. */
    _enter(op) {
        const run = this._run;
        if (run && run.op.uuid === op.uuid) {
            return run.promise;
        }
        if (this.busy) {
            return Promise.resolve({
                uuid: op.uuid,
                result: "nothing",
                lineAmount: 0,
                progress: makeProgress({ state: "failed" }),
                refusal: {
                    code: "device_busy",
                    message: this._t(
                        "Another payment is running on this machine. Nothing was charged. Finish or cancel that payment first."
                    ),
                    operation: run.op.uuid,
                },
            });
        }
        return this._ledger.storedOperation(op.uuid) ? this._pickUp(op) : null;
    }

    _begin(run, steps) {
        this._run = run;
        run.watch = new OperationWatch({
            driver: this._driver,
            op: run.op,
            clock: this._clock,
            onProgress: (progress) => this._hear(run, progress),
            onMissing: () => this._miss(run),
            onLost: (error) => this._lose(run, error),
        });
        const { promise } = run;
        steps(run);
        return promise;
    }

    // Start ------------------------------------------------------------------------------

    async _execute(run) {
        const { op } = run;
        if (
            !this._ledger.saveOperation({ uuid: op.uuid, op: { ...op, token: null }, phase: "new" })
        ) {
            this._refuse(run, {
                code: "storage_refused",
                message: this._t(
                    "This browser stores nothing, so a payment could be lost. Nothing was charged. Leave private browsing or free some space, then press Retry."
                ),
            });
            return;
        }
        this._changed(run);
        const { token, progress, refusal } = await this._consent.ask(op);
        if (refusal) {
            this._refuse(run, refusal);
            return;
        }
        if (progress && isEnded(progress)) {
            this._hear(run, progress);
            return;
        }
        if (this._isClosedElsewhere(run)) {
            this._withdraw(run, "failed", this._notStarted());
            return;
        }
        if (run.cancelWanted) {
            this._withdraw(run, "cancelled");
            return;
        }
        this._noteSent(run);
        run.startSent = true;
        run.watch.subscribe();
        this._changed(run);
        await this._start(run, { ...op, token });
    }

    async _start(run, op) {
        try {
            const onRequest = () => this._assertStillOpen(run);
            const progress = await this._driver.start(op, { onRequest });
            this._hear(run, progress);
            run.watch.watch(!run.known);
        } catch (error) {
            if (isEnded(run.progress)) {
                return;
            }
            if (!this._isNo(run, error)) {
                // Outcome open: look, never start again.
                console.warn("SmartCash: no answer to a start, looking what became of it", error);
                run.watch.watch(true);
                return;
            }
            this._end(run, makeProgress({ state: "failed" }), {
                code: error.detail?.code || error.code,
                message: error.message,
                operation: error.detail?.operation,
            });
        }
    }

    /** From here on other tabs wait for what this start may take. */
    _noteSent({ op: { uuid } }) {
        const { startLasts } = this._driver;
        const sentAt = this._clock.now();
        this._ledger.saveOperation({ uuid, phase: "starting", sentAt, startLasts });
    }

    /** Before each request of a start: who was taken for gone meanwhile does not send it any more. */
    _assertStillOpen(run) {
        if (this._isClosedElsewhere(run)) {
            throw new DriverError("not_started", this._notStarted().message);
        }
        if (!run.known) {
            this._noteSent(run);
        }
    }

    /** Another tab took this one for gone and has already told everybody "not started". */
    _isClosedElsewhere(run) {
        const row = this._ledger.storedOperation(run.op.uuid);
        return !row || row.phase === "ended";
    }

    /** A definite no of the device, about an operation that it never took on. */
    _isNo(run, error) {
        return isNo(error) && error.detail?.operation !== run.op.uuid && !run.known;
    }

    // Resume -----------------------------------------------------------------------------

    _pickUp(op) {
        const row = this._ledger.storedOperation(op.uuid);
        const run = new Run(row?.op || op, {
            resumed: true,
            isOurs: Boolean(row && row.phase !== "found"),
            progress: row?.progress && makeProgress(row.progress),
            handedOver: Boolean(row?.handedOver),
        });
        run.known = row?.known ?? Boolean(row?.progress);
        return this._begin(run, () => {
            if (!row) {
                const phase = "found";
                this._ledger.saveOperation({ uuid: op.uuid, op: { ...op, token: null }, phase });
            }
            if (!isFinal(run.progress)) {
                this._lookAfter(run);
                return;
            }
            if (!this._serverKnows(run)) {
                this._ledger.ensureReported(run.op.uuid, run.progress, this._deviceId);
            }
            if (run.handedOver) {
                this._ledger.registerByHand(run.op, run.progress.undispensed);
            }
            this._conclude(run);
        });
    }

    _lookAfter(run) {
        if (isEnded(run.progress)) {
            this.check();
            return;
        }
        this._changed(run);
        run.watch.subscribe();
        run.watch.watch(true);
    }

    async _check(run) {
        let progress = run.progress;
        run.notices = [];
        try {
            progress = mergeProgress(progress, makeProgress(await this._driver.poll(run.op)));
        } catch (error) {
            run.notices = [{ code: error.code || "check", text: error.message, level: "error" }];
            if (isOperationUnknown(error) && !this._isKnown(run) && !this._isOnItsWay(run)) {
                if ((await this._ledgerVerdict(run)) === "nothing") {
                    const failed = makeProgress({ state: "failed" });
                    const notStarted = run.op;
                    return this._learn(run, () =>
                        this._end(run, failed, this._notStarted(), { notStarted })
                    );
                }
            }
        }
        if (progress !== run.progress) {
            return this._learn(run, () => this._end(run, progress));
        }
        run.checking = null;
        this._conclude(run);
        return run.promise;
    }

    /** An unknown outcome has become known, maybe after everybody was told "unknown". */
    _learn(run, end) {
        run.checking = null;
        if (run.settled) {
            run.expectOutcome();
        }
        end();
        return run.promise;
    }

    // Watch ------------------------------------------------------------------------------

    /** @returns {boolean} the message said something new */
    _hear(run, message) {
        let heard;
        try {
            heard = makeProgress(message);
        } catch (error) {
            console.warn("SmartCash: the device said something that cannot be", error, message);
            return false;
        }
        if (isEnded(run.progress)) {
            return false;
        }
        if (isMachineLost(heard)) {
            this._lose(run, new Error("machine_lost"));
        } else {
            this._found(run);
        }
        if (heard.state === "draft") {
            this._miss(run);
            return false;
        }
        run.known = true;
        run.missing = 0;
        const before = run.progress;
        const progress = mergeProgress(before, heard);
        if (isEnded(progress)) {
            this._end(run, progress);
            return true;
        }
        run.progress = progress;
        if (progress !== before) {
            this._save(run, { phase: "watching", known: true, progress });
            if (!this._driver.reportsItself) {
                this._report(run, progress, { final: false });
            }
            this._changed(run);
        }
        if (run.cancelWanted) {
            this._sendCancel(run);
        }
        return progress !== before;
    }

    _miss(run) {
        run.missing++;
        if (!run.known && this._isKnown(run)) {
            // To another tab, while this look was on its way: only the next looks count.
            run.known = true;
            run.missing = 0;
        }
        if (isEnded(run.progress) || run.missing < MISSING_LOOKS || this._isBeingStarted(run)) {
            this._found(run);
        } else if (run.known) {
            this._end(run, makeProgress({ ...run.progress, state: "unknown" }));
        } else if (this._knowsEnough(run)) {
            this._withdraw(run, "failed", this._notStarted());
        } else {
            this._askLedger(run);
        }
    }

    /** This page started it and has watched it since; or it is Odoo that does not know it. */
    _knowsEnough(run) {
        return !run.resumed || this._driver.reportsItself;
    }

    /** The device does not know it, and another page, till or manager may have seen its end. */
    async _askLedger(run) {
        if (run.askingLedger || this._clock.now() < run.askLedgerAfter) {
            return;
        }
        run.askingLedger = true;
        const verdict = await this._ledgerVerdict(run);
        run.askingLedger = false;
        run.askLedgerAfter = this._clock.now() + LEDGER_PAUSE;
        if (isEnded(run.progress) || run.known) {
            return;
        }
        if (verdict === "nothing") {
            this._withdraw(run, "failed", this._notStarted());
        } else if (verdict === "something") {
            this._end(run, makeProgress({ ...run.progress, state: "unknown" }));
        } else if (verdict === "silent") {
            this._lose(run, { code: "odoo_unreachable", message: this._nobodyKnows() });
        }
    }

    async _ledgerVerdict(run) {
        if (this._driver.reportsItself) {
            return "nothing";
        }
        const before = this._otherTabs(run);
        let verdict;
        try {
            verdict = ledgerVerdict(await this._ledger.lookup(run.op.uuid), run);
        } catch (error) {
            console.warn("SmartCash: Odoo was asked about an operation and failed", error);
            // What this browser wrote down itself is as good, as long as nobody else looked.
            verdict = run.isOurs ? "nothing" : "silent";
        }
        // Another tab has started or ended it meanwhile: what the device said is out of date.
        return this._otherTabs(run) === before ? verdict : "wait";
    }

    /** How far this browser's tabs have come with it, to be compared. */
    _otherTabs(run) {
        const row = this._ledger.storedOperation(run.op.uuid);
        return row && [row.phase, row.sentAt, row.known].join();
    }

    _nobodyKnows() {
        return this._t(
            "The machine does not know this payment, and Odoo cannot be asked about it. We don't know yet whether the customer paid: don't start again."
        );
    }

    /** By another tab, or by a page that went away with its request under way. */
    _isBeingStarted(run) {
        const row = run.resumed && this._ledger.storedOperation(run.op.uuid);
        return row?.phase === "starting" && this._isOnItsWay(run);
    }

    /** The device has spoken of it, to this tab or to another one. */
    _isKnown(run) {
        return run.known || Boolean(this._ledger.storedOperation(run.op.uuid)?.known);
    }

    /** A start that was sent may still arrive. */
    _isOnItsWay(run) {
        const row = this._ledger.storedOperation(run.op.uuid);
        const { startLasts } = this._driver;
        const { sentAt = 0, startLasts: lasts = startLasts } = row || {};
        return Boolean(sentAt) && this._clock.now() < sentAt + lasts;
    }

    _notStarted() {
        return {
            code: "not_started",
            message: this._t(
                "The machine never got this payment. Nothing was charged. Press Retry."
            ),
        };
    }

    _lose(run, error) {
        if (run.lostSince !== null || isEnded(run.progress)) {
            return;
        }
        run.lostSince = this._clock.now();
        const code = SAYS_MORE.includes(error.code) ? error.code : "lost";
        run.notices = [{ code, text: error.message, level: "error" }];
        run.lostTimer = this._clock.setTimeout(() => {
            run.lostLong = true;
            this._changed(run);
        }, LOST_LONG);
        this._changed(run);
    }

    _found(run) {
        if (run.lostSince === null) {
            return;
        }
        this._clock.clearTimeout(run.lostTimer);
        run.lostSince = null;
        run.lostLong = false;
        run.notices = [];
        this._changed(run);
    }

    // Ask --------------------------------------------------------------------------------

    /** Sends the wish to cancel once the device can take it; a wish that got lost is repeated. */
    async _sendCancel(run) {
        if (run.cancelSent || !run.known || !run.progress.cancellable) {
            return;
        }
        run.cancelSent = true;
        try {
            this._hear(run, await this._driver.cancel(run.op));
            run.watch.nudge();
        } catch (error) {
            run.cancelSent = false;
            const refused = error instanceof DriverError && error.code !== "unreachable";
            if (refused && !isEnded(run.progress)) {
                run.cancelWanted = false;
                run.notices = [{ code: "cancel_refused", text: error.message, level: "warning" }];
                this._changed(run);
            }
            run.watch.nudge();
        }
    }

    async _sendAgain(run) {
        run.notices = [];
        try {
            this._hear(run, await this._driver.resend(run.op));
            return true;
        } catch (error) {
            run.notices = [{ code: "resend_refused", text: error.message, level: "warning" }];
            return false;
        } finally {
            run.resending = null;
            if (!isEnded(run.progress)) {
                run.watch.nudge();
                this._changed(run);
            }
        }
    }

    async _sendAccept(run) {
        run.notices = [];
        try {
            this._hear(run, await this._driver.accept(run.op));
            return true;
        } catch (error) {
            run.notices = [{ code: "accept_refused", text: error.message, level: "warning" }];
            return false;
        } finally {
            run.accepting = null;
            // The push may have told the end already; a view would bring the dialog back.
            if (!isEnded(run.progress)) {
                run.watch.nudge();
                this._changed(run);
            }
        }
    }

    // End --------------------------------------------------------------------------------

    /** Nothing was started, and the ledger has nothing to be told. */
    _refuse(run, refusal) {
        run.progress = makeProgress({ state: "failed" });
        run.refusal = refusal;
        this._ledger.forgetOperation(run.op.uuid);
        this._conclude(run);
    }

    /** Nothing was started, as far as we know; a server may still get the start. */
    /**
     * @param {Run} run
     * @param {string} state that it ends in
     * @param {Refusal|null} [refusal]
     */
    _withdraw(run, state, refusal = null) {
        if (this._driver.reportsItself && run.startSent) {
            this._withdrawAtServer(run, refusal);
            return;
        }
        if (this._driver.reportsItself) {
            this._driver.cancel(run.op).catch((error) => {
                console.warn("SmartCash: the server keeps a draft of a withdrawn operation", error);
            });
        }
        this._end(run, makeProgress({ state }), refusal, { notStarted: run.op });
    }

    /** Whoever starts it after the server's answer is too late; whoever was quicker has started it. */
    async _withdrawAtServer(run, refusal) {
        if (run.withdrawing) {
            return;
        }
        run.withdrawing = true;
        let progress;
        try {
            progress = makeProgress(await this._driver.cancel(run.op));
        } catch (error) {
            if (!isOperationUnknown(error)) {
                console.warn("SmartCash: not known whether the server has started it", error);
                this._lose(run, error);
                return;
            }
            progress = makeProgress({ state: "failed" });
        } finally {
            run.withdrawing = false;
        }
        if (progress.state === "failed" && !isEnded(run.progress)) {
            this._end(run, progress, refusal);
        } else {
            this._hear(run, progress);
        }
    }

    /**
     * @param {Run} run
     * @param {import("../common/progress").Progress} progress
     * @param {Refusal|null} [refusal]
     * @param {{notStarted?: import("../driver/driver").Operation|null}} [how]
     */
    _end(run, progress, refusal = null, { notStarted = null } = {}) {
        run.progress = progress;
        run.refusal = refusal;
        run.notices = this._lastWords(run);
        this._clock.clearTimeout(run.lostTimer);
        run.lostSince = null;
        run.lostLong = false;
        this._save(run, {
            phase: "ended",
            known: this._isKnown(run),
            progress,
            reported: false,
        });
        if (!this._serverKnows(run)) {
            this._report(run, progress, { final: true, notStarted });
        }
        this._conclude(run);
    }

    /** With the operation itself: another tab may have forgotten the record meanwhile. */
    _save(run, changes) {
        const op = { ...run.op, token: null };
        return this._ledger.saveOperation({ uuid: op.uuid, op, ...changes });
    }

    /**
     * @param {Run} run
     * @param {import("../common/progress").Progress} progress
     * @param {{final: boolean, notStarted?: import("../driver/driver").Operation|null}} how
     */
    _report(run, progress, { final, notStarted = null }) {
        const { _deviceId: deviceId } = this;
        this._ledger.reportLater(run.op.uuid, progress, { final, deviceId, notStarted });
    }

    /** Of the device that is asked, whatever operation it is about. */
    get _deviceId() {
        return this._driver.device?.id || null;
    }

    /** A server that follows the device itself has the end already. */
    _serverKnows(run) {
        if (!this._driver.reportsItself) {
            return false;
        }
        this._ledger.settleOperation(run.op.uuid);
        return true;
    }

    _lastWords(run) {
        const { state } = run.progress;
        if (state === "unknown") {
            const text = this._t(
                "We don't know yet whether the customer paid. Don't start again: press Check."
            );
            return [{ code: "unknown", text, level: "error" }];
        }
        if (state === "done" && run.cancelWanted) {
            const text = this._t("The customer had already paid when you pressed Cancel.");
            return [{ code: "paid_despite_cancel", text, level: "info" }];
        }
        return [];
    }

    _conclude(run) {
        run.watch.stop();
        this._clock.clearTimeout(run.slowTimer);
        run.slow = false;
        this._changed(run);
        if (!owedByHand(run.progress, run.handedOver)) {
            this._settle(run);
        } else if (run.resumed) {
            this.recall();
        }
    }

    _settle(run) {
        run.settled = true;
        run.resolve({
            uuid: run.op.uuid,
            result: resultOf(run.op, run.progress),
            lineAmount: settledAmount(run.progress, run.handedOver || run.owedLeft),
            owed: owedByHand(run.progress, run.handedOver),
            progress: run.progress,
            refusal: run.refusal,
        });
    }

    /** Whatever hangs: when nothing moves for long, the cashier can go on with other orders. */
    _noteNews(run) {
        const { stage, inserted, amountOut } = makeView(run);
        const news = `${stage} ${inserted} ${amountOut}`;
        if (isEnded(run.progress) || news === run.news) {
            return;
        }
        run.news = news;
        run.slow = false;
        this._clock.clearTimeout(run.slowTimer);
        run.slowTimer = this._clock.setTimeout(() => {
            run.slow = true;
            this._changed(run);
        }, SLOW_AFTER);
    }

    /** A screen that fails must not cost the outcome. */
    _changed(run) {
        if (run !== this._run) {
            return;
        }
        this._noteNews(run);
        this.view = makeView(run);
        try {
            const drawn = this._onChange(this.view);
            if (drawn instanceof Promise) {
                drawn.catch((error) => console.warn("SmartCash: the screen failed", error));
            }
        } catch (error) {
            console.warn("SmartCash: the screen failed", error);
        }
    }
}
