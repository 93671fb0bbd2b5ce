/** @odoo-module */

import { MONEY_OUT, isEnded, lineAmount, net, owedByHand, settledAmount } from "../common/progress";

/** Kinds that leave as much in the machine as was there before. */
const STAYS_INSIDE = ["exchange", "transfer"];

/**
 * How an operation stands, in the words of a screen. All amounts in minor units.
 *
 * @typedef {Object} OperationView
 * @property {string} uuid
 * @property {string} kind
 * @property {"registering"|"starting"|"accepting"|"collecting"|"cancelling"|"dispensing"|"lost"|"ended"}
 *     stage
 * @property {number} due
 * @property {number} inserted
 * @property {number} remaining still to insert, or still to give out
 * @property {number} change to give back, of a sale
 * @property {number} amountOut
 * @property {number} undispensed
 * @property {number} net
 * @property {number} lineAmount net + rounding − what was handed over
 * @property {import("../common/progress").Message[]} messages
 * @property {boolean} canCancel
 * @property {boolean} canAccept
 * @property {boolean} canResend the request can be shown on the card terminal again
 * @property {boolean} canCheck the outcome is unknown and may be asked for again
 * @property {boolean} canStopWaiting the device cannot be reached for long
 * @property {boolean} canPutAside whatever hangs: the cashier may go on with other orders
 * @property {boolean} slow nothing has moved for long
 * @property {number|null} lostSince ms since the epoch
 * @property {boolean} lostLong worth a second line
 * @property {import("../common/progress").Card|null} card
 * @property {boolean} resumed it was already running when the page came up
 * @property {{code: string, message: string, operation: string|undefined}|null} refusal
 * @property {"paid"|"partial"|"nothing"|"shortfall"|"unknown"|null} result null until ended
 * @property {{amount: number}|null} byHand what a person must hand over now
 */

/**
 * @param {import("../driver/driver").Operation} op
 * @param {import("../common/progress").Progress} progress
 * @returns {OperationView["result"]}
 */
export function resultOf(op, progress) {
    if (!isEnded(progress)) {
        return null;
    }
    if (progress.state === "unknown") {
        return "unknown";
    }
    if (progress.undispensed > 0) {
        return "shortfall";
    }
    if (progress.state === "done" && STAYS_INSIDE.includes(op.kind)) {
        return "paid";
    }
    const amount = Math.abs(lineAmount(progress));
    if (amount === 0) {
        return "nothing";
    }
    return progress.state === "done" && amount >= op.amount ? "paid" : "partial";
}

function stageOf(run) {
    const { phase } = run.progress;
    if (isEnded(run.progress)) {
        return "ended";
    }
    if (run.lostSince !== null) {
        return "lost";
    }
    if (phase === "registered") {
        return run.startSent ? "starting" : "registering";
    }
    if (run.cancelWanted && ["starting", "accepting", "collecting"].includes(phase)) {
        return "cancelling";
    }
    return phase;
}

/**
 * @param {import("./run").Run} run
 * @returns {OperationView}
 */
export function makeView(run) {
    const { op, progress } = run;
    const paysOut = MONEY_OUT.includes(op.kind);
    const stage = stageOf(run);
    const ended = stage === "ended";
    const isGivenUp = run.handedOver || run.owedLeft;
    const owed = owedByHand(progress, isGivenUp);
    const notYetStarted = stage === "registering" || (stage === "starting" && !paysOut);
    const canCancel = !ended && !run.cancelWanted && (notYetStarted || progress.cancellable);
    return {
        uuid: op.uuid,
        kind: op.kind,
        stage,
        due: op.amount,
        inserted: progress.amountIn,
        remaining: Math.max(0, op.amount - (paysOut ? progress.amountOut : progress.amountIn)),
        change: op.kind === "sale" ? Math.max(0, progress.amountIn - op.amount) : 0,
        amountOut: progress.amountOut,
        undispensed: progress.undispensed,
        net: net(progress),
        lineAmount: settledAmount(progress, isGivenUp),
        messages: [...progress.messages, ...run.notices],
        canCancel,
        canAccept: stage === "accepting" && progress.acceptable && !run.accepting,
        canResend: stage === "accepting" && !run.resending && !run.cancelWanted,
        canCheck: progress.state === "unknown" && !run.checking,
        canStopWaiting: !ended && run.lostLong,
        canPutAside: !ended && (run.lostLong || (run.slow && !canCancel)),
        slow: run.slow,
        lostSince: run.lostSince,
        lostLong: run.lostLong,
        card: progress.card,
        resumed: run.resumed,
        refusal: run.refusal,
        result: resultOf(op, progress),
        byHand: owed > 0 ? { amount: owed } : null,
    };
}
