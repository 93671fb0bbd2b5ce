/** @odoo-module */

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { ErrorPopup } from "@point_of_sale/app/errors/popups/error_popup";
import { PaymentInterface } from "@point_of_sale/app/payment/payment_interface";

import { allowsByHand, bookByHand } from "../operation/by_hand";
import { ByHandPopup } from "./by_hand_popup/by_hand_popup";
import { reasonToRelease } from "../operation/ledger_outcome";
import { fromMinor, toMinor } from "../common/money";
import { MoneyOutPopup } from "./money_out_popup/money_out_popup";
import { NothingMovedPopup } from "./nothing_moved_popup/nothing_moved_popup";
import { saveOrder } from "./save_order";
import { isByHand, newByHandUuid, newUuid } from "../common/uuid";
import {
    byHandRefusalText,
    decisionText,
    payoutWords,
    refusalText,
    releaseText,
    stepText,
    wordsOfFailure,
} from "../common/texts";

/** How long a result stays on the dialog, milliseconds. The line is written before that. */
const RESULT_PAUSE = 900;

/**
 * Payment lines that a machine settles. It writes the line, and only the line: which money moved
 * is the runner's knowledge, and where the dialog is, the service's.
 *
 * The status of a line is one of core's words: `pending` (never sent), `waitingCapture` (runs, or
 * its outcome is not known), `done`, and `retry` (the machine kept nothing). No other is used, so
 * that core never offers to drop a line with money in it.
 */
export class SmartcashPayment extends PaymentInterface {
    setup() {
        super.setup(...arguments);
        /** The cashier is being asked to take cash by hand. */
        this.isAskingByHand = false;
        /** The cashier is being shown what is to be given out. */
        this.isAskingPayout = false;
        /** @type {import("../smartcash_service").SmartcashService} starts after the POS store */
        this.smartcash = null;
    }

    // ------------------------------------------------------------------ core's interface

    /** @override */
    send_payment_request(cid) {
        return this.pay(this.pos.get_order().get_paymentline(cid));
    }

    /**
     * Asks the machine to give everything back. Whoever asks learns how the operation ended, which
     * may be "paid": the customer can be quicker than the cancel.
     *
     * @override
     * @returns {Promise<boolean>} true when the machine kept nothing
     */
    async send_payment_cancel(order, cid) {
        const line = order.get_paymentline(cid);
        const uuid = line.smartcash_uuid;
        if (!this.smartcash.operations.has(uuid)) {
            return !line.isHeldByMachine();
        }
        this.smartcash.cancel(uuid);
        return !(await this.smartcash.operations.end(uuid));
    }

    // ------------------------------------------------------------------ pay, resume

    /**
     * Sends a line to the machine. A line whose operation already runs, or whose outcome is not
     * known, is never sent again: we look how it stands instead.
     *
     * @param {import("@point_of_sale/app/store/models").Payment} line
     * @returns {Promise<boolean>} whether the line is done
     */
    pay(line) {
        this.smartcash.bringToFront(line.smartcash_uuid);
        if (this.smartcash.operations.has(line.smartcash_uuid)) {
            return this.smartcash.operations.end(line.smartcash_uuid);
        }
        const isHeld = line.isHeldByMachine();
        if (isHeld && isByHand(line.smartcash_uuid) && !this.smartcash.failure) {
            return this._bookByHand(this._makeOperation(line.order, line), { resume: true });
        }
        const refusal = isHeld
            ? this._serviceFailure()
            : this._obstacle() || this._refusalBeforeStart(line);
        if (refusal) {
            this._showRefusal(refusal, line);
            return Promise.resolve(false);
        }
        if (isHeld) {
            const order = this._findOrder(line.order.uid);
            return this._watch(this._makeOperation(order, line), { order, resume: true });
        }
        return line.amount < 0 ? this._payOut(line) : this._start(line);
    }

    /** Money goes out when somebody has seen how much, and touched exactly that. */
    async _payOut(asked) {
        if (this.isAskingPayout) {
            return false;
        }
        const { uid } = asked.order;
        const isCard = Boolean(this.payment_method.smartcash.device.capabilities?.card);
        const findLine = (pos) =>
            pos.orders
                .find((order) => order.uid === uid && !order.finalized)
                ?.get_paymentline(asked.cid);
        const amountOf = (pos) => {
            const line = findLine(pos);
            return line?.amount < 0 && !line.isHeldByMachine() ? -this._minor(line.amount) : null;
        };
        this.isAskingPayout = true;
        let answer;
        try {
            answer = await this.pos.popup.add(MoneyOutPopup, {
                ...payoutWords(this.payment_method.name, isCard),
                amountOf,
                step: this.payment_method.smartcash.device.payoutStep || 0,
            });
        } finally {
            this.isAskingPayout = false;
        }
        const isConfirmed = answer.confirmed && answer.payload > 0;
        if (!isConfirmed || answer.payload !== amountOf(this.pos)) {
            return false;
        }
        const line = findLine(this.pos);
        const refusal = this._obstacle() || this._refusalBeforeStart(line);
        if (refusal) {
            this._showRefusal(refusal, line);
            return false;
        }
        return this._start(line);
    }

    _start(line) {
        const order = this._findOrder(line.order.uid);
        line.startMachineOperation(newUuid(), this.payment_method.smartcash.device);
        // From here on a reload finds the operation again: on disk before the first request.
        if (!saveOrder(order)) {
            return this._refuseUnsaved(line);
        }
        return this._watch(this._makeOperation(order, line), { order, resume: false });
    }

    /**
     * After a reload: picks up the operations that the browser remembers and the lines that wait.
     *
     * @param {{uuid: string, op: object}[]} remembered operations without a reported outcome
     */
    resumeAll(remembered) {
        const operations = new Map();
        for (const { op } of remembered) {
            if (op.paymentMethodId === this.payment_method.id) {
                operations.set(op.uuid, op);
            }
        }
        for (const order of this.pos.orders) {
            for (const line of order.get_paymentlines()) {
                const isOurs = line.payment_method === this.payment_method;
                if (isOurs && line.isHeldByMachine() && !line.is_done()) {
                    operations.set(line.smartcash_uuid, this._makeOperation(order, line));
                }
            }
        }
        for (const op of operations.values()) {
            if (isByHand(op.uuid)) {
                this._bookByHand(op, { resume: true });
            } else if (this.smartcash.operations.isInReach(op)) {
                const order = this._findOrder(op.orderUid);
                this._watch(op, { order, resume: true, isAsked: false });
            }
            // Else nobody to ask: the line says "check needed", and why when it is checked.
        }
    }

    /**
     * Finds out what became of an operation of this method, whoever began it.
     *
     * @param {import("../driver/driver").Operation} op
     * @param {{quietly?: boolean}} [options] quietly: nothing comes to the front, nobody is asked
     * @returns {Promise<boolean>} whether its line on this till is done
     */
    look(op, { quietly = false } = {}) {
        if (quietly) {
            const order = this._findOrder(op.orderUid);
            return isByHand(op.uuid)
                ? Promise.resolve(false)
                : this._watch(op, { order, resume: true, isAsked: false, quietly });
        }
        this.smartcash.bringToFront(op.uuid);
        if (isByHand(op.uuid)) {
            return this._bookByHand(op, { resume: true });
        }
        return this._watch(op, { order: this._findOrder(op.orderUid), resume: true });
    }

    /**
     * Takes a paid line off its order when Odoo says that its money has another place: what a
     * manager has settled, or what the paid order in Odoo has, must not hold an order here for ever.
     *
     * @param {import("@point_of_sale/app/store/models").Payment} line
     * @returns {Promise<boolean>} whether it is off
     */
    async release({ order: { uid, name }, smartcash_uuid: uuid }) {
        if (this.smartcash.failure) {
            return false;
        }
        let reason;
        try {
            reason = reasonToRelease(name, await this.smartcash.ledger.lookup(uuid));
        } catch (error) {
            // The money stays where it is for as long as nobody says otherwise.
            console.warn("SmartCash: Odoo does not tell where a payment is booked", error);
            return false;
        }
        const order = this._findOrder(uid);
        const line = order?.get_paymentlines().find((one) => one.smartcash_uuid === uuid);
        if (!reason || !line?.is_done() || order.finalized) {
            return false;
        }
        line.endMachineOperationWithNothing();
        order.remove_paymentline(line);
        saveOrder(order);
        this.smartcash.notification.add(`${name}: ${releaseText(reason)}`, 8000);
        this.smartcash.bus.trigger("settled", { orderUid: uid });
        return true;
    }

    // ------------------------------------------------------------------ by hand

    /**
     * Whether a person may take, or give out, this line's cash instead of the machine: never while
     * an operation of the line runs or its outcome is not known.
     *
     * @param {import("@point_of_sale/app/store/models").Payment} line
     * @returns {boolean}
     */
    canTakeByHand(line) {
        const { smartcash, is_cash_count } = this.payment_method;
        const isFree = Boolean(line) && !line.is_done() && !line.isHeldByMachine();
        if (!is_cash_count || !isFree || line.order.finalized || this.smartcash.failure) {
            return false;
        }
        const amount = this._minor(line.amount);
        return allowsByHand(smartcash, amount < 0 ? "refund" : "sale", Math.abs(amount));
    }

    /**
     * Asks the cashier, then has Odoo write it down. The line is done when Odoo has said yes; for a
     * sale that Odoo cannot be asked about, at once.
     *
     * @param {import("@point_of_sale/app/store/models").Payment} line
     * @returns {Promise<boolean>} whether the line is done
     */
    async takeByHand(line) {
        if (this.isAskingByHand || !this.canTakeByHand(line)) {
            return false;
        }
        const amount = this._minor(line.amount);
        if (!this._mayTake(line)) {
            // Change would come from the drawer, and the books would have it from the machine.
            this._showRefusal({ code: "more_than_due" });
            return false;
        }
        this.isAskingByHand = true;
        let confirmed;
        try {
            ({ confirmed } = await this.pos.popup.add(ByHandPopup, {
                amount: this._format(Math.abs(amount)),
                isPayout: amount < 0,
                isBooked: false,
            }));
        } finally {
            this.isAskingByHand = false;
        }
        const isAsAsked = amount === this._minor(line.amount) && this._mayTake(line);
        if (!confirmed || !isAsAsked || !this.canTakeByHand(line)) {
            return false;
        }
        const order = this._findOrder(line.order.uid);
        line.startMachineOperation(newByHandUuid(), this.payment_method.smartcash.device);
        // From here on a reload goes on with it: on disk before the first request.
        if (!saveOrder(order)) {
            return this._refuseUnsaved(line);
        }
        return this._bookByHand(this._makeOperation(order, line), { resume: false });
    }

    _mayTake(line) {
        return this._isWithinDue(line) || this._isForAccount(line);
    }

    /**
     * A customer pays a debt or makes a deposit: nothing is sold, and what is paid goes to the
     * customer's account, with a line of its own, before the order can be validated.
     */
    _isForAccount(line) {
        const { order } = line;
        const { payment_method_ids } = this.pos.config;
        return (
            line.amount > 0 &&
            Boolean(order.get_partner()) &&
            order.get_orderlines().length === 0 &&
            this.pos.payment_methods.some(
                ({ id, type }) => type === "pay_later" && payment_method_ids.includes(id)
            )
        );
    }

    _isWithinDue(line) {
        const amount = this._minor(line.amount);
        const due = this._minor(line.order.get_due());
        return amount < 0 ? due <= amount : amount <= due;
    }

    _bookByHand(op, { resume }) {
        return this.smartcash.operations.track(op, () =>
            bookByHand(this.smartcash.ledger, op, { resume }).then((outcome) =>
                this._settleByHand(op, outcome, resume)
            )
        );
    }

    _settleByHand(op, { result, refusal }, resumed) {
        const isPayout = op.kind !== "sale";
        const order = this._findOrder(op.orderUid);
        const line = order?.get_paymentlines().find((one) => one.smartcash_uuid === op.uuid);
        const isOpen = Boolean(line) && !order.finalized;
        if (isOpen && result === "booked") {
            const amount = fromMinor(op.amount, this.pos.currency.decimal_places);
            line.completeMachineOperation({
                amount: isPayout ? -amount : amount,
                amountIn: 0,
                amountOut: 0,
            });
        } else if (isOpen && result === "refused") {
            line.endMachineOperationWithNothing();
        }
        saveOrder(order);
        const isDone = Boolean(line?.is_done());
        if (isDone && this._shallClose(order)) {
            this.smartcash.closeOrder(order.uid);
        }
        if (isDone && resumed) {
            this._showPaymentScreen(order);
        }
        this._sayByHand(op, { result, refusal, isPayout, isOpen, resumed });
        this.smartcash.bus.trigger("settled", { orderUid: op.orderUid });
        return isDone;
    }

    _sayByHand(op, { result, refusal, isPayout, isOpen, resumed }) {
        const amount = this._format(op.amount);
        if (refusal) {
            this.pos.popup.add(ErrorPopup, {
                title: _t("%s: not booked", this.payment_method.name),
                body: byHandRefusalText(refusal, { isPayout, result, amount }),
            });
            return;
        }
        if (!isOpen) {
            this.pos.popup.add(ErrorPopup, {
                title: _t("%s: check needed", this.payment_method.name),
                body: _t(
                    "%s were booked by hand for %s, which is not open on this till. Tell a manager: it asks for a decision.",
                    amount,
                    op.orderName
                ),
            });
            return;
        }
        this.smartcash.sound.play("bell");
        if (isPayout) {
            this.smartcash.tellToGiveOut(op, amount);
        } else if (resumed) {
            const step = stepText("by_hand_done", isPayout);
            this.smartcash.notification.add(`${op.orderName}: ${step}`, 5000);
        }
    }

    _makeOperation(order, line) {
        const { id, smartcash } = this.payment_method;
        const amount = this._minor(line.amount);
        const isPayout = amount < 0;
        return {
            uuid: line.smartcash_uuid,
            device: this._deviceOf(line),
            kind: isPayout ? "refund" : "sale",
            amount: Math.abs(amount),
            currency: smartcash?.device?.currency || this.pos.currency.name,
            reference: order.name,
            allowPartial: !isPayout,
            token: null,
            sessionId: this.pos.pos_session.id,
            paymentMethodId: id,
            orderUid: order.uid,
            orderName: order.name,
            partnerId: order.get_partner()?.id || null,
            // Behind a lock screen nobody is logged in: then it is who made the order.
            cashier: this.pos.get_cashier()?.name || order.cashier?.name || this.pos.user.name,
            refundedLineIds: order
                .get_orderlines()
                .map((orderline) => orderline.refunded_orderline_id)
                .filter(Boolean),
        };
    }

    /**
     * The device on which the line's operation runs. `null` for one of before lines and records carried
     * it, which Odoo may know.
     */
    _deviceOf(line) {
        const stored = this.smartcash.ledger.storedOperation(line.smartcash_uuid);
        return stored?.op?.device || line.smartcash_device || null;
    }

    /** @param {{isAsked?: boolean}} how isAsked: a person wants to know */
    _watch(op, { order, resume, isAsked = true, quietly = false }) {
        const sink = {
            settle: (known, outcome, isResumed) => this._settle(known, outcome, isResumed),
            outOfReach: (known, device) => {
                if (isAsked) {
                    this.smartcash.sayOutOfReach(known, device);
                }
                return false;
            },
        };
        const orderName = order?.name || op.orderName;
        return this.smartcash.execute(op, sink, {
            method: this.payment_method,
            orderName,
            resume,
            ...(quietly && { aside: true, leftOpen: true }),
        });
    }

    // ------------------------------------------------------------------ the end of an operation

    /**
     * Writes the outcome on the line. Orders and lines may have been replaced while the machine
     * worked, so both are looked up again.
     */
    _settle(op, outcome, resumed) {
        const order = this._findOrder(op.orderUid);
        const line = order?.get_paymentlines().find((one) => one.smartcash_uuid === op.uuid);
        const wasAside = Boolean(this.smartcash.state.payments[op.uuid]?.aside);
        let isSaved = true;
        if (line && !order.finalized) {
            this._writeLine(line, outcome);
            isSaved = saveOrder(order);
        } else if (outcome.lineAmount && outcome.result !== "unknown" && !line?.is_done()) {
            this._reportOrphan(op, outcome);
        }
        if (outcome.result !== "unknown" && isSaved && !outcome.owed) {
            // The order carries the result from here on; Odoo hears of it through the outbox.
            this.smartcash.ledger.forgetOperation(op.uuid);
        }
        const isDone = Boolean(line?.is_done());
        if (isDone && this._shallClose(order)) {
            this.smartcash.closeOrder(order.uid);
        }
        if (isDone && resumed && !wasAside) {
            this._showPaymentScreen(order);
        }
        const failure = wordsOfFailure(outcome, this._format(op.amount));
        this._sayHowItEnded(op, outcome, { line, isDone, wasAside, failure });
        this._sayGivenBack(op, outcome);
        if (outcome.result === "unknown") {
            // A question stays in front until somebody has read it.
            this.smartcash.askForCheck(op.uuid, () => this._watch(op, { order, resume: true }));
        } else {
            const isSaid = outcome.refusal || outcome.decision || failure.length > 0;
            const atOnce = isSaid || (isDone && this._closesSale);
            this.smartcash.finish(op.uuid, { pause: atOnce ? 0 : RESULT_PAUSE });
        }
        this.smartcash.bus.trigger("settled", { orderUid: op.orderUid });
        return isDone;
    }

    _writeLine(line, { result, lineAmount, owed, progress }) {
        if (result === "unknown") {
            line.set_payment_status("waitingCapture");
        } else if (lineAmount === 0) {
            line.endMachineOperationWithNothing();
        } else {
            // What went back to the customer includes what a person handed over.
            const amountIn = progress.amountIn;
            const amountOut = amountIn + (progress.rounding || 0) - lineAmount - (owed || 0);
            const amount = fromMinor(lineAmount, this.pos.currency.decimal_places);
            const { card } = progress;
            line.completeMachineOperation({ amount, amountIn, amountOut, owed, card });
        }
    }

    get _closesSale() {
        return Boolean(this.payment_method.smartcash?.closeSale);
    }

    _shallClose(order) {
        return (
            this._closesSale &&
            order.is_paid() &&
            this.env.utils.floatIsZero(order.get_due()) &&
            !order.electronic_payment_in_progress()
        );
    }

    /** After a reload the POS opens on the products: bring the paid order's payment screen back. */
    _showPaymentScreen(order) {
        const screens = registry.category("pos_screens");
        const isAtOrder = ["ProductScreen", "PaymentScreen"].some(
            (name) => screens.get(name) === this.pos.mainScreen.component
        );
        if (isAtOrder) {
            this.pos.set_order(order);
            this.pos.showScreen("PaymentScreen");
        }
    }

    // ------------------------------------------------------------------ words

    _serviceFailure() {
        const message = this.smartcash.failure;
        return message ? { code: "no_service", message } : null;
    }

    /** Why this till cannot start anything at the machine. */
    _obstacle() {
        const { smartcash } = this.payment_method;
        if (this.smartcash.failure) {
            return this._serviceFailure();
        }
        if (smartcash?.refusal) {
            return { code: "no_rule", message: smartcash.refusal };
        }
        if (!smartcash?.device) {
            return { code: "no_method" };
        }
        return this.smartcash.driverFor(smartcash.device) ? null : { code: "no_driver" };
    }

    _refusalBeforeStart(line) {
        if (this.env.utils.floatIsZero(line.amount)) {
            return { code: "bad_amount" };
        }
        // Core would give change for what the machine keeps: only the machine gives change.
        return this._mayTake(line) ? null : { code: "machine_gives_change" };
    }

    /** What the browser does not keep, a reload would lose: nothing starts. */
    _refuseUnsaved(line) {
        line.endMachineOperationWithNothing();
        this._showRefusal({ code: "storage_refused" }, line);
        return Promise.resolve(false);
    }

    _showRefusal({ code, message }, line = null) {
        const title = _t("%s: not started", this.payment_method.name);
        this._showNothingMoved(title, refusalText(code, message), line);
    }

    /** Stays until it is read. Where the user may, the way on is by hand. */
    async _showNothingMoved(title, body, line) {
        const { payload } = await this.pos.popup.add(NothingMovedPopup, {
            title,
            body,
            byHand: this.canTakeByHand(line) ? stepText("take_by_hand", line.amount < 0) : null,
        });
        if (payload === "by_hand") {
            await this.takeByHand(line);
        }
    }

    /** The dialog is gone sooner than it is read, and the next customer need not wait for it. */
    _sayGivenBack(op, { result, progress }) {
        if (op.kind === "sale" && result === "nothing" && progress.amountOut > 0) {
            const text = _t("Given back %s", this._format(progress.amountOut));
            this.smartcash.notification.add(`${op.orderName}: ${text}`, 8000);
        }
    }

    _sayHowItEnded(op, { refusal, decision, result }, { line, isDone, wasAside, failure }) {
        if (refusal) {
            this._showRefusal(refusal, line);
        } else if (decision) {
            this.smartcash.notification.add(`${op.orderName}: ${decisionText(isDone)}`, 5000);
        } else if (failure.length) {
            const step = stepText("nothing", op.kind !== "sale");
            this._showNothingMoved(
                `${this.payment_method.name}: ${step}`,
                failure.join("\n"),
                line
            );
        } else if (wasAside && result !== "unknown") {
            const step = stepText(isDone ? "paid" : "nothing", op.kind !== "sale");
            this.smartcash.notification.add(`${op.orderName}: ${step}`, 5000);
        }
        if (isDone) {
            this.smartcash.sound.play("bell");
        }
    }

    _reportOrphan(op, { lineAmount }) {
        this.pos.popup.add(ErrorPopup, {
            title: _t("%s: check needed", this.payment_method.name),
            body: _t(
                "The machine moved %s for %s, which is not open on this till. The movement is recorded: finish the order where it was made, or tell a manager.",
                this._format(Math.abs(lineAmount)),
                op.orderName
            ),
        });
    }

    /** @param {number} minor */
    _format(minor) {
        const amount = fromMinor(minor, this.pos.currency.decimal_places);
        return this.env.utils.formatCurrency(amount);
    }

    /** @param {number} amount major units */
    _minor(amount) {
        return toMinor(amount, this.pos.currency.decimal_places);
    }

    _findOrder(uid) {
        return this.pos.orders.find((order) => order.uid === uid);
    }
}
