/** @odoo-module */

import { START_WINDOW } from "./ledger_outcome";
import { MONEY_OUT, isEnded, owedByHand } from "../common/progress";
import { isByHand } from "../common/uuid";

/** ms that an order may take to be finished before its money is a question; as the server's. */
const PATIENCE = 10 * 60 * 1000;

/**
 * How an open operation stands:
 * `here` it runs in this page · `aside` the same, and the cashier went on without it · `running` it runs, or was left running, elsewhere · `starting`
 * another till is about to start it · `unknown` nobody knows how it ended · `owed` the machine owes
 * money · `disputed` two reports differ · `unbooked` by hand, and Odoo has not answered · `refused`
 * Odoo will not have what this till says · `not_given` booked as given out by hand, and nobody had the cash · `unreported` ended, and Odoo has not heard of it yet ·
 * `unfinished` the money is safe and its order not finished · `no_order` money that no order has
 *
 * @typedef {Object} OpenOperation
 * @property {string} uuid
 * @property {import("../driver/driver").Operation} op
 * @property {string} what
 * @property {boolean} asks somebody has to do something
 * @property {boolean} isPayout
 * @property {number} owed minor units that a person must hand over
 * @property {number} amountIn
 * @property {number} amountOut
 * @property {string|null} message why Odoo refused
 * @property {string|null} question what is asked, in Odoo's words: those of the back end
 * @property {string|null} problemId the refused letter
 * @property {number|null} operationId the ledger's row
 * @property {boolean} isElsewhere this page cannot talk to its device, and asks no other one
 * @property {boolean} canCheck the device, or Odoo, can be asked what became of it; what runs here
 *     can be shown
 */

/**
 * What is open, from all who know something: Odoo, this browser's storage, this page.
 *
 * @param {Object} known
 * @param {Object[]} known.rows of `smartcash.operation.pending`
 * @param {import("../ledger/ledger").StoredOperation[]} known.stored
 * @param {Object[]} known.problems letters that Odoo refused
 * @param {string[]} known.handedOver operations whose missing money was handed over at this till
 * @param {Set<string>} known.running operations that run in this page
 * @param {Set<string>} known.aside those of them that the cashier went on without
 * @param {Set<string>} known.settled operations whose lines on this till are done
 * @param {number} known.now ms since the epoch
 * @param {(op: import("../driver/driver").Operation) => boolean} [known.isInReach] this page can ask about it
 * @returns {OpenOperation[]} those that ask first
 */
export function openOperations(known) {
    const { rows, stored, problems, handedOver, running, settled, now } = known;
    const { aside = new Set(), isInReach = () => true } = known;
    const owedLeft = new Set(stored.filter((row) => row.owedLeft).map(({ uuid }) => uuid));
    const found = new Map();
    const given = givenByHand(rows);
    for (const row of rows) {
        if (!row.parentUuid || !rows.some(({ uuid }) => uuid === row.parentUuid)) {
            const owed = Math.max(0, row.undispensed - (given.get(row.uuid) || 0));
            found.set(row.uuid, fromRow(row, owed, now));
        }
    }
    for (const row of stored) {
        const entry = found.get(row.uuid);
        if (entry && isByHand(row.uuid)) {
            // Odoo has it, and this till has not heard that.
            Object.assign(entry, { what: "unbooked", canCheck: true });
        } else if (!entry && row.op) {
            found.set(row.uuid, fromStored(row));
        }
    }
    for (const entry of found.values()) {
        // Its line is done although somebody still has to hand money over.
        const isPaid = settled.has(entry.uuid) && !owedLeft.has(entry.uuid);
        if (isPaid || handedOver.includes(entry.uuid)) {
            entry.owed = 0;
        }
        if (running.has(entry.uuid)) {
            const what = aside.has(entry.uuid) ? "aside" : "here";
            Object.assign(entry, { what, canCheck: !isByHand(entry.uuid) });
        } else if (isPaid && ["owed", "no_order"].includes(entry.what)) {
            entry.what = "unfinished";
        } else if (entry.what === "owed" && !entry.owed) {
            entry.what = "unreported";
        }
        if (entry.canCheck && entry.what !== "here" && !isInReach(entry.op)) {
            Object.assign(entry, { isElsewhere: true, canCheck: false });
        }
        entry.asks = asks(entry);
    }
    for (const problem of problems) {
        addProblem(found, problem);
    }
    return [...found.values()].sort((one, other) => other.asks - one.asks);
}

function givenByHand(rows) {
    const given = new Map();
    for (const { parentUuid, amountOut } of rows) {
        if (parentUuid) {
            given.set(parentUuid, (given.get(parentUuid) || 0) + amountOut);
        }
    }
    return given;
}

function asks({ what, isOld }) {
    return (
        ["aside", "unknown", "owed", "disputed", "not_given", "unbooked", "refused"].includes(
            what
        ) ||
        (isOld && ["no_order", "running"].includes(what))
    );
}

function makeEntry(op, changes) {
    return {
        uuid: op.uuid,
        op: { ...op, token: null },
        isPayout: MONEY_OUT.includes(op.kind),
        owed: 0,
        amountIn: 0,
        amountOut: 0,
        message: null,
        question: null,
        problemId: null,
        operationId: null,
        canCheck: false,
        isElsewhere: false,
        isOld: false,
        ...changes,
    };
}

function fromRow(row, owed, now) {
    const { amountIn, amountOut } = row;
    const what = whatOfRow(row, owed);
    const since = Date.parse(row.endedAt || row.startedAt || "");
    return makeEntry(
        {
            uuid: row.uuid,
            device: row.device || null,
            kind: row.kind,
            amount: row.amount,
            currency: row.currency,
            reference: row.reference,
            allowPartial: row.allowPartial,
            sessionId: row.sessionId,
            paymentMethodId: row.paymentMethodId,
            orderUid: row.orderUid,
            orderName: row.orderName,
            cashier: row.cashier,
        },
        {
            what,
            owed: what === "owed" ? owed : 0,
            amountIn,
            amountOut,
            question: row.question || null,
            operationId: row.id,
            canCheck: ["running", "unknown", "owed"].includes(what) && row.evidence !== "manual",
            isOld: since + PATIENCE < now,
        }
    );
}

function whatOfRow(row, owed) {
    if (!isEnded(row)) {
        const isFresh = typeof row.unheardFor === "number" && row.unheardFor <= START_WINDOW;
        return isFresh ? "starting" : "running";
    }
    if (row.state === "unknown") {
        return "unknown";
    }
    if (row.disputed) {
        return isByHand(row.uuid) ? "not_given" : "disputed";
    }
    return owed ? "owed" : "no_order";
}

/** What only this browser knows of: Odoo has no row, or has closed it. */
function fromStored({ op, progress, handedOver }) {
    const owed = progress ? owedByHand(progress, handedOver) : 0;
    const { amountIn = 0, amountOut = 0 } = progress || {};
    let what = "running";
    if (isByHand(op.uuid)) {
        what = "unbooked";
    } else if (owed) {
        what = "owed";
    } else if (progress?.state === "unknown") {
        what = "unknown";
    } else if (progress && isEnded(progress)) {
        what = "unreported";
    }
    return makeEntry(op, { what, owed, amountIn, amountOut, canCheck: what !== "unreported" });
}

/** A letter that Odoo refused, on the operation that it is about. */
function addProblem(found, { id, uuid, method, args, message }) {
    const wish = method === "register" ? args[0] : null;
    const key = wish?.parent_uuid || uuid;
    const deviceId = (wish ? wish.device_id : args[2]) || null;
    const entry = found.get(key) || makeEntry(operationOf(key, wish, deviceId), {});
    const changes = { what: "refused", asks: true, message, problemId: id, owed: 0 };
    if (method === "report") {
        const { amountIn, amountOut } = args[1];
        Object.assign(changes, { amountIn, amountOut });
    }
    found.set(key, Object.assign(entry, changes, { canCheck: false }));
}

function operationOf(uuid, wish, deviceId) {
    return {
        uuid,
        device: deviceId && { id: deviceId },
        kind: wish?.kind || "sale",
        amount: wish?.amount || 0,
        orderUid: wish?.order_uid || null,
        orderName: wish?.order_name || null,
        paymentMethodId: wish?.payment_method_id || null,
    };
}
