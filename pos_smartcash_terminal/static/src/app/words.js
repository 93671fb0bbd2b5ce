/** @odoo-module */

import { _t } from "@web/core/l10n/translation";

/**
 * Everything the cashier reads about a machine payment, in one place: what happened, what it
 * means for the money, what to do now. Codes come from the ledger, the gateway and the drivers;
 * a text that arrives with a code we do not know is shown as it is.
 */

/** Why a payment did not start, by code. Nothing was charged in any of these cases. */
const REFUSALS = {
    no_method: () =>
        _t(
            "This payment method has no machine behind it. Ask a manager to choose the machine on the payment method, then reopen the point of sale."
        ),
    no_driver: () =>
        _t(
            "The software for this machine is not installed. Ask a manager to install the app of this make, then reload the page."
        ),
    no_rule: () =>
        _t(
            "No rule lets you use this machine here. Ask a manager to add you in Point of Sale > Configuration > SmartCash > Rules, then reload the page."
        ),
    right_missing: () =>
        _t(
            "Your rule does not allow this kind of payment. Ask a manager to do it or to extend your rule."
        ),
    amount_limit: () =>
        _t(
            "The amount is above the limit of your rule. Ask a manager, or pay a part with another method."
        ),
    device_archived: () =>
        _t("The machine is archived in Odoo. Ask a manager to activate it again."),
    session_closed: () =>
        _t("The session of this point of sale is closed. Open it again, then press Retry."),
    busy: () =>
        _t(
            "The machine is working for another till. Nothing was charged. Wait until it is free, then press Retry."
        ),
    unreachable: () =>
        _t(
            "The machine did not answer. Nothing was charged. Check that it is switched on and that its gateway runs, then press Retry."
        ),
    device_offline: () =>
        _t(
            "The machine is switched off or not connected. Nothing was charged. Switch it on, wait until it is ready, then press Retry."
        ),
    token_invalid: () =>
        _t(
            "The gateway does not accept the key of this shop. Nothing was charged. A manager can make a new pairing key on the device and enter it in the gateway."
        ),
    token_expired: () =>
        _t(
            "The permission for this machine has expired. Nothing was charged. Check the clock of this till, reload the page, then press Retry."
        ),
    token_missing: () =>
        _t(
            "Odoo gave no permission for this machine. Nothing was charged. Check the connection to Odoo, then press Retry."
        ),
    token_wrong_device: () =>
        _t(
            "The gateway on this till is paired with another machine. Nothing was charged. A manager can correct the gateway address on the device or pair the gateway again."
        ),
    token_scope: () =>
        _t(
            "The gateway does not allow this kind of payment. Nothing was charged. Reload the page, then press Retry; if it happens again, ask a manager."
        ),
    origin_refused: () =>
        _t(
            "The gateway does not accept this web address. Nothing was charged. A manager can add the address of Odoo to the gateway's origins."
        ),
    host_refused: () =>
        _t(
            "The gateway does not accept the address it was called by. Nothing was charged. A manager can correct the gateway address on the device."
        ),
    bad_currency: () =>
        _t(
            "The machine works in another currency than this shop. Nothing was charged. A manager can correct the currency of the device."
        ),
    unsupported_kind: () =>
        _t("This machine cannot do that. Nothing was charged. Use another payment method."),
    ledger_unreachable: () =>
        _t(
            "Odoo cannot be reached, and money is only paid out with its permission. Nothing was paid. Check the network, then press Retry."
        ),
    bad_amount: () => _t("There is nothing to pay on this line. Enter an amount first."),
};

/** Refusals of the ledger: Odoo already says them in the user's language, with names and amounts. */
const SPOKEN_BY_ODOO = new Set([
    "no_rule",
    "right_missing",
    "amount_limit",
    "device_busy",
    "device_archived",
    "session_closed",
    "uuid_conflict",
    "bad_values",
]);

/** What machines say while they work, by code. */
const DEVICE_MESSAGES = {
    no_change: () => _t("The machine has not enough change."),
    note_refused: () => _t("A note was given back: not enough change in the machine."),
    coin_refused: () => _t("A coin was given back."),
    level_low: () => _t("Some coins or notes are running low in the machine."),
    level_high: () => _t("Some coins or notes are nearly full in the machine."),
    level: () => _t("Some coins or notes are running low or nearly full in the machine."),
    jam: () => _t("Something is stuck in the machine. Open it and look."),
    stacker_full: () => _t("The note stacker is full. Empty it soon."),
};

/**
 * @param {string} code
 * @param {string} [message] the sender's own words
 * @returns {string}
 */
export function refusalText(code, message) {
    if (message && SPOKEN_BY_ODOO.has(code)) {
        return message;
    }
    if (code in REFUSALS) {
        return REFUSALS[code]();
    }
    if (message) {
        return message;
    }
    return _t("The payment did not start. Nothing was charged. Press Retry, or ask a manager.");
}

/**
 * @param {{code: string, text: string}} message
 * @returns {string}
 */
export function deviceMessageText({ code, text }) {
    return code in DEVICE_MESSAGES ? DEVICE_MESSAGES[code]() : text;
}

/**
 * The state of a payment line in words.
 *
 * @param {string} step one of "pending", "nothing", "paid", "check" or a runner stage
 * @param {boolean} isPayout the machine gives money out
 * @returns {string}
 */
export function stepText(step, isPayout) {
    switch (step) {
        case "pending":
            return isPayout ? _t("Not paid out yet") : _t("Not sent to the machine yet");
        case "registering":
        case "starting":
            return _t("Starting the machine");
        case "accepting":
            return _t("Waiting for money");
        case "cancelling":
            return _t("Giving back");
        case "dispensing":
            return isPayout ? _t("Paying out") : _t("Giving change");
        case "lost":
            return _t("No connection to the machine");
        case "by_hand":
            return _t("Give by hand");
        case "paid":
            return isPayout ? _t("Paid out") : _t("Paid");
        case "nothing":
            return isPayout ? _t("Nothing paid out") : _t("Nothing paid");
        default:
            return _t("Check needed");
    }
}
