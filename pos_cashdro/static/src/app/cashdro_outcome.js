/** @odoo-module */

import { MONEY_IN, makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import { STATE } from "./cashdro_answers";

/**
 * What the machine's totals mean for an operation; the twin of `outcome.py`, for a machine that
 * the browser talks to. Amounts in minor units; nothing talks in here.
 *
 * The machine rounds by itself where its smallest coin is not used: a sale down, a payout up,
 * change up. How it rounds cannot be asked; it is recognised by a gap no larger than `tolerance`.
 * Whether money is missing because somebody cancelled, accepted a part or because the recyclers ran
 * empty cannot be asked either: what we asked for ourselves (`wish`) and what came out decide.
 *
 * @typedef {Object} Asked what was asked of the machine
 * @property {string} kind
 * @property {number} amount 0 for any amount, or for all there is
 * @property {"cancel"|"accept"|"execute"|null} wish the end that we asked for last
 * @property {boolean} allowPartial
 * @property {number} tolerance the most that the machine's rounding makes up
 */

/** Nothing has been asked of the customer yet. */
const NOT_BEGUN = [STATE.waiting, STATE.queued];

/**
 * A machine that lost its memory gives its numbers again: the alias is ours alone.
 *
 * @param {{uuid: string, amount: number}} op what was asked for; amount 0 for any amount
 * @param {import("./cashdro_answers").CashdroStatus} status
 * @returns {boolean} the machine speaks of exactly this operation
 */
export function isOf({ uuid, amount }, { alias, total }) {
    return alias ? alias === uuid : !amount || Math.abs(total) === amount;
}

/**
 * @param {Asked} asked
 * @param {import("./cashdro_answers").CashdroStatus} status
 * @returns {import("@pos_smartcash_terminal/app/common/progress").Progress} its messages have codes only
 */
export function judge(asked, status) {
    const judgement = conclude(asked, status);
    return makeProgress({
        ...judgement,
        amountIn: status.totalIn,
        amountOut: status.totalOut,
        deviceRef: status.id,
        messages: [...(judgement.messages || []), ...remarks(status, judgement)],
    });
}

function conclude(asked, status) {
    if (status.state !== STATE.finished) {
        return running(asked, status);
    }
    switch (asked.kind) {
        case "exchange":
            return exchanged(asked, status);
        case "transfer":
            // What goes from the recyclers to the cassette is in none of the totals.
            return { state: asked.wish === "execute" && !status.cancelled ? "done" : "cancelled" };
        default:
            return MONEY_IN.includes(asked.kind) ? taken(asked, status) : given(asked, status);
    }
}

function remarks(status, { state }) {
    const found = [];
    const hasFinished = status.state === STATE.finished;
    if (status.state === STATE.queued) {
        found.push(message("queued", "info"));
    }
    if (!hasFinished && status.messages.length) {
        // Each refused piece is listed again and again: the last one is what the customer holds.
        found.push(message(`piece_${status.messages.at(-1)}`, "warning"));
    }
    if (status.withError && !(hasFinished && state === "done")) {
        found.push(message("fault", "warning"));
    }
    return found;
}

function message(code, level) {
    return { code: `cashdro_${code}`, text: "", level };
}

// While it runs ---------------------------------------------------------------------------

function running(asked, status) {
    const phase = phaseOf(asked, status);
    return {
        state: "running",
        phase,
        cancellable: ["starting", "accepting"].includes(phase) && asked.wish !== "cancel",
        acceptable: Boolean(
            phase === "accepting" &&
            status.totalIn &&
            !asked.wish &&
            (asked.allowPartial || !asked.amount)
        ),
    };
}

function phaseOf(asked, status) {
    if (NOT_BEGUN.includes(status.state)) {
        return "starting";
    }
    const isPaid = asked.amount && status.totalIn >= asked.amount;
    const isChanging = asked.kind === "exchange" && asked.wish === "accept";
    if (!MONEY_IN.includes(asked.kind) || isPaid || isChanging) {
        return "dispensing";
    }
    return asked.wish === "cancel" ? "cancelling" : "accepting";
}

// Money in --------------------------------------------------------------------------------

function taken(asked, status) {
    const net = status.totalIn - status.totalOut;
    const wasCancelled = asked.wish === "cancel" || Boolean(status.cancelled);
    if (net < 0) {
        return { state: "unknown" };
    }
    if (!asked.amount) {
        return wasCancelled || !net ? { state: "cancelled", undispensed: net } : { state: "done" };
    }
    const said = status.changeNotAvailable;
    // What the machine says that it owes counts where it makes the amounts add up.
    const owed = Math.abs(asked.amount - net + said) <= asked.tolerance ? said : 0;
    const gap = asked.amount - (net - owed);
    // A cancelled 0.01 is within the rounding; so is a part that lacks a cent.
    const isCovered =
        Math.abs(gap) <= asked.tolerance &&
        !(wasCancelled && said >= net) &&
        !(asked.wish === "accept" && gap > 0);
    if (isCovered) {
        return { state: "done", undispensed: owed, rounding: asked.kind === "sale" ? gap : 0 };
    }
    if (wasCancelled) {
        return { state: "cancelled", undispensed: net };
    }
    if (gap < 0) {
        // More than the price is inside, and the machine does not say that it owes anything.
        return { state: "done", undispensed: -gap };
    }
    if (!net) {
        return { state: "cancelled" };
    }
    if (status.totalIn >= asked.amount || asked.wish === "accept") {
        return { state: "done" };
    }
    if (status.totalOut || said >= net) {
        // Cancelled at the machine, which could not give everything back: a part that was accepted
        // never makes it give anything.
        return { state: "cancelled", undispensed: net };
    }
    return { state: "done" };
}

/** All that was put in comes out again, in smaller pieces. */
function exchanged(asked, status) {
    const net = status.totalIn - status.totalOut;
    if (net < 0) {
        return { state: "unknown" };
    }
    const wasCancelled = asked.wish === "cancel" || Boolean(status.cancelled) || !status.totalIn;
    return { state: wasCancelled ? "cancelled" : "done", undispensed: net };
}

// Money out -------------------------------------------------------------------------------

function given(asked, status) {
    const out = status.totalOut - status.totalIn;
    if (out < 0) {
        return { state: "unknown" };
    }
    if (!out) {
        return asked.wish === "cancel"
            ? { state: "cancelled" }
            : { state: "failed", messages: [message("no_change", "error")] };
    }
    const missing = asked.amount - out;
    if (Math.abs(missing) <= asked.tolerance) {
        return { state: "done", rounding: asked.kind === "refund" ? -missing + 0 : 0 };
    }
    return { state: "done", undispensed: Math.max(missing, 0) };
}
