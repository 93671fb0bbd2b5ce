/** @odoo-module */

import { _t } from "@web/core/l10n/translation";
import { CashMoveReceipt } from "@point_of_sale/app/navbar/cash_move_popup/cash_move_receipt/cash_move_receipt";
import { ErrorPopup } from "@point_of_sale/app/errors/popups/error_popup";

import { bookByHand } from "../operation/by_hand";
import { isByHand, newByHandUuid, newUuid } from "../common/uuid";
import { refusalText } from "../common/texts";
import { amountsOf } from "../common/amounts";
import { allowedServices, isCashMove, isService, movedBy } from "../common/cash_move";
import { cashMoveFailure, kindText } from "./cash_words";

/** How long a result stays on the dialog, milliseconds. */
const RESULT_PAUSE = 1500;

/**
 * Cash put into the machine, or taken out of it, without an order. Odoo books what moved from the
 * operation's report; here it is started, watched, found again after a reload, and told.
 */
export class CashMoves {
    /** @param {import("../smartcash_service").SmartcashService} smartcash */
    constructor(smartcash) {
        this.smartcash = smartcash;
        this.pos = smartcash.pos;
        /** What goes on when somebody has read a result, by uuid. */
        this.readers = new Map();
    }

    /** @returns {string|null} one that runs, or that waits for somebody to look */
    get current() {
        const { state, runners, checks } = this.smartcash;
        const isOpen = ({ uuid }) => runners.has(uuid) || checks.has(uuid);
        return (
            Object.values(state.payments).find((one) => isCashMove(one) && isOpen(one))?.uuid ??
            null
        );
    }

    /**
     * @param {object} method
     * @param {{kind: string, amount: number, reason: string}} wish amount in minor units; 0 = put
     *     in what you like, or whatever there is
     * @param {{byHand?: boolean}} [options] byHand: a person does it instead of the machine
     * @returns {import("../driver/driver").Operation}
     */
    makeOperation(method, { kind, amount = 0, reason = "" }, { byHand = false } = {}) {
        return {
            uuid: byHand ? newByHandUuid() : newUuid(),
            device: method.smartcash.device || null,
            kind,
            amount,
            currency: method.smartcash.device?.currency || this.pos.currency.name,
            reference: reason,
            allowPartial: kind === "cash_in",
            token: null,
            sessionId: this.pos.pos_session.id,
            paymentMethodId: method.id,
            orderUid: null,
            orderName: null,
            cashier: this.pos.get_cashier()?.name || this.pos.user.name,
        };
    }

    /**
     * @param {object} method
     * @param {{kind: string, amount: number, reason: string}} wish
     * @returns {Promise<import("../operation/runner").Outcome|null>} null: it cannot even be asked
     */
    start(method, wish) {
        const { device, refusal } = method.smartcash;
        if (!device || !this.smartcash.driverFor(device)) {
            this._showRefusal(method, {
                code: device ? "no_driver" : "no_method",
                message: refusal,
            });
            return Promise.resolve(null);
        }
        return this._watch(this.makeOperation(method, wish), method, { resume: false });
    }

    /**
     * Fills the machine, empties it, changes notes. A second tap shows what the first one began.
     *
     * @param {object} method
     * @param {string} kind
     * @returns {Promise<import("../operation/runner").Outcome|null>}
     */
    serve(method, kind) {
        if (this.current) {
            this.smartcash.bringToFront(this.current);
            return Promise.resolve(null);
        }
        return this.start(method, { kind });
    }

    /**
     * The recyclers, and then the stacker, where it is taken out from here: two operations, each with
     * its own proof.
     *
     * @param {object} method
     */
    async emptyAll(method) {
        const outcome = await this.serve(method, "empty");
        // Cancelled: there was nothing in the recyclers.
        const hasNext = allowedServices(method.smartcash).includes("collect");
        if (hasNext && outcome && ["done", "cancelled"].includes(outcome.progress.state)) {
            await this._isRead(outcome);
            await this.serve(method, "collect");
        }
    }

    /** Until what was moved has been read; by now it may have been. */
    async _isRead({ uuid, result }) {
        if (result !== "nothing" && uuid in this.smartcash.state.payments) {
            await new Promise((resolve) => this.readers.set(uuid, resolve));
        }
    }

    /** Somebody has read what was moved. */
    dismiss(uuid) {
        this.smartcash.finish(uuid);
        this.readers.get(uuid)?.();
        this.readers.delete(uuid);
    }

    /**
     * Without the machine, from hand to hand. Told twice, it is booked once; the browser remembers
     * it until Odoo has answered.
     *
     * @param {import("../driver/driver").Operation} op with a uuid by hand
     * @param {{resume?: boolean}} [options] resume: an earlier page may have asked already
     * @returns {Promise<{code: string, message: string}|null>} why it is not booked, or not known
     *     to be
     */
    async bookByHand(op, { resume = false } = {}) {
        const { result, refusal } = await bookByHand(this.smartcash.ledger, op, { resume });
        if (result === "booked") {
            const type = op.kind === "cash_in" ? "in" : "out";
            await this._tellAll(op, { type, amount: op.amount });
        }
        return refusal;
    }

    /** An earlier page asked, and nobody read the answer. */
    async _resumeByHand(op, method) {
        const refusal = await this.bookByHand(op, { resume: true });
        if (refusal) {
            this.smartcash.popup.add(ErrorPopup, {
                title: _t("%s: not booked", method?.name || op.reference),
                body: refusal.message,
            });
        } else if (op.kind === "cash_out") {
            const { format } = amountsOf(this.smartcash.env, this.pos.currency);
            this.smartcash.tellToGiveOut(op, format(op.amount));
        }
    }

    /** @param {{uuid: string, op: object}[]} remembered operations without a reported outcome */
    resumeAll(remembered) {
        const moves = remembered.filter(({ op }) => isCashMove(op));
        for (const { op } of moves.filter((row) => this.smartcash.operations.isInReach(row.op))) {
            this.look(op, { isAsked: false });
        }
    }

    /**
     * Finds out what became of a cash move, whoever began it.
     *
     * @param {import("../driver/driver").Operation} op
     * @param {{isAsked?: boolean, quietly?: boolean}} [how] isAsked: a person wants to know;
     *     quietly: nothing comes to the front
     * @returns {Promise<any>|undefined}
     */
    look(op, { isAsked = true, quietly = false } = {}) {
        const method = this.pos.payment_methods.find(({ id }) => id === op.paymentMethodId);
        if (quietly) {
            return isByHand(op.uuid)
                ? undefined
                : this._watch(op, method, { resume: true, isAsked: false, quietly });
        }
        this.smartcash.bringToFront(op.uuid);
        if (isByHand(op.uuid)) {
            return this.smartcash.operations.track(op, () => this._resumeByHand(op, method));
        }
        return this._watch(op, method, { resume: true, isAsked });
    }

    _watch(op, method, { resume, isAsked = true, quietly = false }) {
        const sink = {
            settle: (known, outcome) => this._settle(known, method, outcome),
            outOfReach: (known, device) => {
                if (isAsked) {
                    this.smartcash.sayOutOfReach(known, device);
                }
                return null;
            },
        };
        return this.smartcash.execute(op, sink, {
            method,
            orderName: op.reference,
            resume,
            ...(quietly && { aside: true, leftOpen: true }),
        });
    }

    async _settle(op, method, outcome) {
        if (outcome.result === "unknown") {
            this.smartcash.askForCheck(op.uuid, () => this._watch(op, method, { resume: true }));
            return outcome;
        }
        // The outbox has the end, and Odoo books what moved.
        if (!outcome.owed) {
            this.smartcash.ledger.forgetOperation(op.uuid);
        }
        const amounts = amountsOf(this.smartcash.env, this.pos.currency);
        const failure = cashMoveFailure(outcome, amounts.format(op.amount));
        const isSaid = Boolean(outcome.refusal || outcome.decision || failure.length);
        // Which pieces somebody has in his hands now is read in his own time.
        const staysToBeRead = isService(op) && outcome.result !== "nothing" && !isSaid;
        if (!staysToBeRead) {
            this.smartcash.finish(op.uuid, { pause: isSaid ? 0 : RESULT_PAUSE });
        }
        if (outcome.refusal) {
            this._showRefusal(method, outcome.refusal);
        } else if (outcome.decision) {
            this.smartcash.notification.add(
                _t("%s: a manager has decided how it is booked.", op.reference || method?.name),
                5000
            );
        } else if (failure.length) {
            this.smartcash.popup.add(ErrorPopup, {
                title: _t("%s: nothing moved", method?.name || op.reference),
                body: failure.join("\n"),
            });
        }
        const moved = outcome.decision ? null : movedBy(outcome);
        if (moved) {
            await this._tellAll(op, moved);
        }
        return outcome;
    }

    _showRefusal(method, { code, message }) {
        this.smartcash.popup.add(ErrorPopup, {
            title: _t("%s: not started", method?.name || ""),
            body: refusalText(code, message),
        });
    }

    /** The money is where it is: a printer or a log that fails is no reason to say otherwise. */
    async _tellAll(op, { type, amount }) {
        const formattedAmount = amountsOf(this.smartcash.env, this.pos.currency).format(amount);
        const translatedType = type === "in" ? _t("in") : _t("out");
        this.smartcash.sound.play("bell");
        this.smartcash.notification.add(
            type === "in"
                ? _t("%s put in.", formattedAmount)
                : _t("%s taken out.", formattedAmount),
            4000
        );
        const { printer } = this.smartcash.env.services;
        const steps = [
            printer.print(CashMoveReceipt, {
                reason: op.reference || (isService(op) ? kindText(op.kind) : ""),
                translatedType,
                formattedAmount,
                headerData: this.pos.getReceiptHeaderData(),
                date: new Date().toLocaleString(),
            }),
            this.pos.logEmployeeMessage(
                `${_t("Cash")} ${translatedType} - ${_t("Amount")}: ${formattedAmount}`,
                "CASH_DRAWER_ACTION"
            ),
        ];
        for (const result of await Promise.allSettled(steps)) {
            if (result.status === "rejected") {
                console.warn("SmartCash: a cash move was not printed or logged", result.reason);
            }
        }
    }
}
