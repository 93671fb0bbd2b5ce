/** @odoo-module */

import { _t } from "@web/core/l10n/translation";

import { wordsOfFailure } from "../common/texts";

/** What people read about counts, cash moves and the closing. */

const PARTS = {
    opening: () => _t("Opening"),
    salesIn: () => _t("Sales, put in"),
    change: () => _t("Change given"),
    refunds: () => _t("Refunds"),
    cashIn: () => _t("Cash in"),
    cashOut: () => _t("Cash out"),
    filled: () => _t("Change added"),
    emptied: () => _t("Emptied"),
    exchanged: () => _t("Change for notes"),
    byHand: () => _t("By hand"),
    late: () => _t("Orders that came late"),
    other: () => _t("Other entries of this session"),
};

const KINDS = {
    sale: () => _t("Sale"),
    refund: () => _t("Refund"),
    cash_in: () => _t("Cash in"),
    cash_out: () => _t("Cash out"),
    fill: () => _t("Add change"),
    collect: () => _t("Empty the stacker"),
    transfer: () => _t("Notes to the stacker"),
    exchange: () => _t("Give change"),
    empty: () => _t("Empty the recyclers"),
};

/** @param {string} key of `expectedParts` */
export function partText(key) {
    return PARTS[key]();
}

/**
 * @param {number} difference counted − expected, minor units
 * @param {(minor: number) => string} format
 * @returns {string}
 */
export function differenceText(difference, format) {
    if (difference === 0) {
        return _t("As expected");
    }
    return difference > 0
        ? _t("%s more than expected", format(difference))
        : _t("%s missing", format(-difference));
}

/**
 * A drawer cannot hold less than nothing.
 *
 * @param {number} amount given by hand beyond what was in the drawer, minor units
 * @param {(minor: number) => string} format
 * @returns {string} empty when the drawer had it all
 */
export function elsewhereText(amount, format) {
    return amount
        ? _t(
              "%s more were given out by hand than were in the drawer: that money came from elsewhere. It shows as more than expected, until it is given back there.",
              format(amount)
          )
        : "";
}

/**
 * What a count says about a machine that other POS work with too.
 *
 * @param {{total: number, share: number, deferred: number, sharedWith: string[]}} count
 * @param {(minor: number) => string} format
 * @returns {string} empty when the machine is this POS's alone
 */
export function sharedText({ total, share, deferred, sharedWith }, format) {
    const sentences = [];
    if (share !== total) {
        sentences.push(_t("Part of this Point of Sale: %s.", format(share)));
    }
    if (sharedWith.length) {
        sentences.push(
            _t(
                "Also working with this machine: %s. A difference is booked by the last one to close.",
                sharedWith.join(", ")
            )
        );
    }
    if (deferred) {
        sentences.push(_t("Difference so far: %s.", format(deferred)));
    }
    return sentences.join(" ");
}

/**
 * @param {string} code of `cashMoveProblem`
 * @param {{limit: string, inside: string, payable?: string[]}} amounts formatted
 * @returns {string}
 */
export function cashMoveProblemText(code, { limit, inside, payable = [] }) {
    switch (code) {
        case "bad_amount":
            return _t("This is not an amount.");
        case "amount_needed":
            return _t("Enter the amount first.");
        case "limited_deposit":
            return _t("You may put in up to %s: enter the amount first.", limit);
        case "not_payable":
            return payable.length > 1
                ? _t("The machine has no pieces for this. Enter %s or %s.", ...payable)
                : _t("The machine has no pieces for this. Enter %s.", ...payable);
        case "more_than_inside":
            return _t("This is more than the machine can give out now: %s.", inside);
        default:
            return _t("This is more than %s, the most that you may move. Ask a manager.", limit);
    }
}

/**
 * What the button says that starts a cash move: the whole amount, as the machine will be told.
 *
 * @param {string} kind
 * @param {string} amount formatted; empty: none yet
 * @param {{byHand?: boolean}} [options]
 */
export function cashMoveButtonText(kind, amount, { byHand = false } = {}) {
    if (!amount && byHand) {
        return _t("By hand");
    }
    if (kind === "cash_out") {
        if (!amount) {
            return _t("Give out");
        }
        return byHand ? _t("Give out %s by hand", amount) : _t("Give out %s", amount);
    }
    if (!amount) {
        return _t("Put in");
    }
    return byHand ? _t("Take %s by hand", amount) : _t("Put in %s", amount);
}

/** @returns {string} how much this user may move at once; empty: as much as there is */
export function cashMoveLimitText(kind, limit) {
    if (!limit) {
        return "";
    }
    return kind === "cash_out"
        ? _t("You may take out up to %s.", limit)
        : _t("You may put in up to %s.", limit);
}

/** @param {string} kind */
export function kindText(kind) {
    return KINDS[kind]?.() || kind;
}

/**
 * @param {string} kind of `allowedServices`
 * @returns {string} what its button says
 */
export function serviceText(kind) {
    switch (kind) {
        case "collect":
            return _t("Empty stacker");
        case "empty":
            return _t("Empty all");
        default:
            return kindText(kind);
    }
}

/**
 * What a manager reads before the machine is emptied.
 *
 * @param {"empty"|"collect"} kind
 * @param {boolean} withStacker the stacker is taken out too
 */
export function serviceOutWords(kind, withStacker) {
    if (kind === "collect") {
        return {
            title: serviceText(kind),
            text: _t("In the stacker:"),
            hint: _t("The stacker is unlocked: take it out, empty it, and put it back."),
            buttonText: (amount) => _t("Take out %s", amount),
        };
    }
    return {
        title: serviceText(kind),
        text: withStacker ? _t("In the recyclers and the stacker:") : _t("In the recyclers:"),
        hint: withStacker
            ? _t(
                  "All coins and notes of the recyclers come out, then the stacker is taken out. The machine cannot give change until it is filled again."
              )
            : _t(
                  "All coins and notes of the recyclers come out. The machine cannot give change until it is filled again."
              ),
        buttonText: (amount) => _t("Give out %s", amount),
    };
}

/**
 * Why nothing moved, when that is not simply what was asked for.
 *
 * @param {import("../operation/runner").Outcome} outcome
 * @param {string} due what was asked for, formatted
 * @returns {string[]}
 */
export function cashMoveFailure(outcome, due) {
    const lacksPieces = outcome.progress.messages.some(({ code }) => code === "no_change");
    if (outcome.result === "nothing" && lacksPieces) {
        return [
            _t(
                "The machine does not have the pieces for %s. Nothing came out. Take out another amount, or ask a manager to add change.",
                due
            ),
        ];
    }
    return wordsOfFailure(outcome, due);
}
