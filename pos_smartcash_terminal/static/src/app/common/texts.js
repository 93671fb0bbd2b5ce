/** @odoo-module */

import { _t } from "@web/core/l10n/translation";

/**
 * What the cashier reads about a machine payment: what happened, what it means for the money, what
 * to do now. Odoo and the drivers send their own words; here are those of the till itself.
 */

/** Why the till does not even ask the machine. */
const REFUSALS = {
    no_method: () =>
        _t(
            "This payment method has no machine behind it. Ask a manager to choose the machine on the payment method, then reload the page."
        ),
    no_driver: () =>
        _t(
            "The app for this make of machine is not installed. Ask a manager to install it, then reload the page."
        ),
    storage_refused: () =>
        _t(
            "This browser stores nothing more, so a payment could be lost. Nothing was charged. Leave private browsing or free some space, then press Retry."
        ),
    bad_amount: () => _t("There is nothing to pay on this line. Enter an amount first."),
    machine_gives_change: () =>
        _t(
            "The amount of this line is more than what is due. No money moved. Enter what is due, or less: the machine gives the change itself."
        ),
    more_than_due: () =>
        _t(
            "The amount of this line is more than what is due. By hand, enter the exact amount and give the change from the drawer."
        ),
};

/**
 * What gateways say about an operation, by code: in the till's language, with amounts as the till
 * writes them. `due` is the formatted amount that was asked for, `kept` what the machine holds more
 * than before, as far as is known.
 *
 * @type {Object<string, (said: {level: string, due: string, kept: string}) => string>}
 */
const DEVICE_MESSAGES = {
    machine_lost: (said) => DEVICE_MESSAGES.machine_offline(said),
    recovering: () => _t("The gateway was interrupted. Looking up what the machine did."),
    cancel_on_screen: () =>
        _t("Cancelling. If the machine's own screen stays open, press Cancel there."),
    paid_after_cancel: () =>
        _t("The customer paid in full before the cancel took effect: this payment is complete."),
    nobody_paid: () => _t("Cancelled: nobody paid. The machine is free."),
    payment_abandoned: () =>
        _t("Cancelled: the customer did not go on paying. The machine is free."),
    recovered: () => _t("Looked up in the machine's own count after an interruption."),
    not_started: () => _t("The machine was never asked: no money moved. Try again."),
    nothing_inserted: () => _t("The payment was interrupted before any money was kept."),
    machine_offline: () =>
        _t(
            "The machine did not answer. No money moved. Check that it is switched on, then try again."
        ),
    machine_busy: () =>
        _t(
            "The machine is busy with something else, perhaps on its own screen. No money moved. Finish that, then try again."
        ),
    machine_stays_busy: () =>
        _t(
            "The machine is busy and takes no orders. Look at its display, and finish what is open there."
        ),
    machine_starting: () => _t("The machine is starting. This can take a minute."),
    journal_slow: () =>
        _t(
            "This till's disk does not answer. The operation goes on as soon as it does. If this stays, check the till's disk: free space and rights."
        ),
    not_counted: () =>
        _t(
            "The machine could not be counted after this operation: the amounts are what it said before."
        ),
    machine_refused: () => _t("The machine refused. No money moved. Check its display."),
    machine_fault: (said) => DEVICE_MESSAGES.machine_refused(said),
    machine_restarted: (said) => DEVICE_MESSAGES.machine_refused(said),
    no_change: ({ due }) =>
        _t(
            "The machine does not have the pieces for %s. Nothing came out. Choose another payment method, or ask a manager to add change.",
            due
        ),
    outcome_unknown: () =>
        _t(
            "The amounts here are all that we know of the machine. Check with the customer; don't repeat the payment."
        ),
    outcome_counted: ({ kept, due }) =>
        _t(
            "By its own count the machine holds %s more than before; asked for were %s. Check with the customer; don't repeat the payment.",
            kept,
            due
        ),
    stacker_out: () => _t("The stacker is out. Put it back: then what was taken is counted."),
    cancelling_collect: () => _t("Cancelling. If the stacker is out already, put it back."),
    nothing_taken: () => _t("Nothing was taken out of the machine."),
    nothing_to_take: () => _t("There was nothing to take out."),
    nothing_transferred: () =>
        _t("No note went into the stacker. It may be full or out: look at the machine."),
    transfer_cut_off: () =>
        _t(
            "Interrupted. All money is in the machine; its levels show how much of it is in the stacker."
        ),
    no_smaller_pieces: () =>
        _t("The machine has no smaller pieces for this. What was put in was given back."),
    left_inside: () => _t("Not everything could be given out. The rest is still in the machine."),
};

/** Said by the dialog itself, larger and with the amount in the till's own format. */
const SAID_BY_DIALOG = new Set(["lost", "undispensed", "unknown"]);

/**
 * @param {string} code
 * @param {string} [message] the sender's own words
 * @returns {string}
 */
export function refusalText(code, message) {
    if (message) {
        return message;
    }
    return code in REFUSALS
        ? REFUSALS[code]()
        : _t("The payment did not start. Nothing was charged. Press Retry, or ask a manager.");
}

/**
 * @typedef {{code: string, text: string, level: string}} Message
 *
 * @param {readonly Message[]} messages of a runner's view
 * @param {string} due what was asked for, formatted
 * @param {string} [kept] what the machine holds more than before, formatted
 * @returns {Message[]} those to show, in the till's own words where it has any
 */
export function messagesToShow(messages, due, kept = "") {
    return messages
        .filter(({ code, level }) => !SAID_BY_DIALOG.has(code) && !isLostNow({ code, level }))
        .map((message) => ({
            ...message,
            text:
                DEVICE_MESSAGES[message.code]?.({ level: message.level, due, kept }) ||
                message.text,
        }));
}

/** As an error it says why nothing started; as anything less the dialog has a face for it. */
function isLostNow({ code, level }) {
    return code === "machine_lost" && level !== "error";
}

/**
 * Why the machine kept nothing, when that is not simply what the cashier asked for.
 *
 * @param {import("../operation/runner").Outcome} outcome
 * @param {string} due what was asked for, formatted
 * @returns {string[]}
 */
export function wordsOfFailure({ result, progress }, due) {
    if (result !== "nothing") {
        return [];
    }
    return messagesToShow(progress.messages, due)
        .filter(({ level }) => level !== "info")
        .map(({ text }) => text);
}

/**
 * Why cash by hand is not on the order, and what that means for the money.
 *
 * @param {{message: string}} refusal
 * @param {{isPayout: boolean, result: "refused"|"unknown", amount: string}} how amount: formatted
 * @returns {string}
 */
export function byHandRefusalText({ message }, { isPayout, result, amount }) {
    if (isPayout) {
        return result === "refused" ? _t("%s Give no money.", message) : message;
    }
    return result === "refused"
        ? _t("%s Nothing is booked: give %s back to the customer.", message, amount)
        : _t("%s Keep the money apart, and press Check.", message);
}

/**
 * @param {boolean} isDone the money stays on the line
 * @returns {string} what a manager decided about an operation that the till asked about
 */
export function decisionText(isDone) {
    return isDone
        ? _t("A manager has decided: the money belongs to this order.")
        : _t("A manager has settled this payment: nothing of it is left on this line.");
}

/**
 * @param {"decided"|"paid"} reason
 * @returns {string} why a payment was taken off an order here
 */
export function releaseText(reason) {
    return reason === "paid"
        ? _t("It was paid already, and Odoo has this payment there. Delete this copy of the order.")
        : _t("A manager has settled this payment: it is off this order now.");
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
        case "take_by_hand":
            return isPayout ? _t("Give out by hand") : _t("Take by hand");
        case "by_hand_done":
            return isPayout ? _t("Given out by hand") : _t("Taken by hand");
        case "paid":
            return isPayout ? _t("Paid out") : _t("Paid");
        case "nothing":
            return isPayout ? _t("Nothing paid out") : _t("Nothing paid");
        default:
            return _t("Check needed");
    }
}

/**
 * The same where a card terminal settles the line.
 *
 * @param {string} step
 * @param {boolean} isPayout the customer gets money back
 * @param {boolean} isRequested only asked for: the acquirer pays it out later, or refuses
 * @returns {string}
 */
export function cardStepText(step, isPayout, isRequested = false) {
    switch (step) {
        case "pending":
            return _t("Not sent to the terminal yet");
        case "registering":
        case "starting":
            return _t("Calling the terminal");
        case "accepting":
            return isPayout ? _t("Waiting for the refund") : _t("Waiting for the customer");
        case "cancelling":
            return _t("Stopping");
        case "lost":
            return _t("No connection to the terminal");
        case "paid":
            return isPayout ? refundText(isRequested) : _t("Paid");
        default:
            return stepText(step, isPayout);
    }
}

/**
 * @param {boolean} isRequested only asked for, not approved yet
 * @returns {string}
 */
export function refundText(isRequested) {
    return isRequested ? _t("Refund requested") : _t("Refunded");
}

/**
 * @param {import("./progress").Card|null} card
 * @returns {string} what tells one card payment from another, e.g. "KNET ····1234 · auth. 042137"
 */
export function cardText(card) {
    const { brand, number, authorisation } = card || {};
    const digits = number ? `····${number.slice(-4)}` : "";
    const parts = [`${brand || ""} ${digits}`.trim()];
    if (authorisation) {
        parts.push(_t("auth. %s", authorisation));
    }
    return parts.filter(Boolean).join(" · ");
}

/**
 * @param {import("./progress").Card|null} card
 * @returns {{name: string, value: string}[]} what a receipt says of a card payment
 */
export function cardRows(card) {
    const { brand, number, authorisation, rrn, terminal, invoice } = card || {};
    return [
        { name: _t("Card"), value: [brand, number].filter(Boolean).join(" ") },
        { name: _t("Authorisation code"), value: authorisation || "" },
        { name: _t("Reference (RRN)"), value: rrn || "" },
        { name: _t("Terminal"), value: terminal || "" },
        { name: _t("Invoice"), value: invoice || "" },
    ].filter(({ value }) => value);
}

/**
 * @param {string} state of a machine
 * @returns {string}
 */
export function machineText(state) {
    switch (state) {
        case "online":
            return _t("Ready");
        case "busy":
            return _t("Busy");
        case "offline":
            return _t("Not connected");
        case "attention":
        case "error":
            return _t("Needs attention");
        default:
            return _t("Not known yet");
    }
}

/** What machines say about themselves, by code, where the sender's words are not for cashiers. */
const MACHINE_MESSAGES = {
    machine_offline: () =>
        _t("The machine does not answer. Check that it is switched on and connected."),
    initialising: () => _t("The machine is starting. This takes about a minute."),
};

/**
 * @param {{code: string, text: string}} message
 * @returns {string}
 */
export function machineMessageText({ code, text }) {
    return MACHINE_MESSAGES[code]?.() || text;
}

/**
 * Why nobody can be asked from here how an operation ended, and what to do.
 *
 * @param {string} [device] the name of its machine; none: nobody says which one it is
 * @returns {string}
 */
export function outOfReachText(device) {
    return device
        ? _t(
              "It belongs to %s, and this till does not work with that machine now. Don't start it again: check it at a till that does, or ask a manager.",
              device
          )
        : _t(
              "It is not known yet on which machine it runs. Don't start it again: check it when Odoo answers, or ask a manager."
          );
}

/**
 * What became of an open operation, what that means for the money, what to do now.
 *
 * @param {import("../operation/open_operations").OpenOperation} operation
 * @param {{owed: string, isOurs: boolean}} how owed: formatted; isOurs: its order is on this till
 * @returns {string}
 */
export function openText(operation, { owed, isOurs }) {
    const { what, isPayout, message, isElsewhere, op } = operation;
    if (isElsewhere) {
        const where = outOfReachText(op?.device?.name);
        return what === "owed" ? `${_t("The machine still owes %s.", owed)} ${where}` : where;
    }
    switch (what) {
        case "here":
            return _t("Runs now.");
        case "aside":
            return isPayout
                ? _t("It has not ended yet. Press Show; don't pay it out again.")
                : _t("It has not ended yet. Press Show; don't take the money again.");
        case "starting":
            return _t("Another till is starting it.");
        case "running":
            return isPayout
                ? _t(
                      "It was started and its end is not known here. Press Check; don't pay it out again."
                  )
                : _t(
                      "It was started and its end is not known here. Press Check; don't take the money again."
                  );
        case "unknown":
            return _t(
                "Nobody knows yet how it ended. Don't start it again: press Check, or ask a manager."
            );
        case "owed":
            return _t(
                "The machine still owes %s. Give it by hand, then press Hand over; without cash here, ask a manager.",
                owed
            );
        case "disputed":
            return _t("Two reports about this money differ. A manager decides.");
        case "not_given":
            return _t("Nobody at the till had the cash. A manager gives it, or decides.");
        case "unbooked":
            return isPayout
                ? _t("Odoo has not answered yet. Give no money: press Check.")
                : _t("Odoo has not answered yet. Keep the money apart, and press Check.");
        case "refused":
            return message
                ? _t("Odoo does not accept what this till reports: %s", message)
                : _t("Odoo does not accept what this till reports. Tell a manager.");
        case "unreported":
            return _t("It has ended. Odoo hears of it as soon as it answers.");
        case "unfinished":
            return _t("The money is safe. Finish the order.");
        default:
            return isOurs
                ? _t("The money moved. Finish the order.")
                : _t("The money moved, and no order has it yet.");
    }
}

/**
 * What is shown before money goes back to a customer.
 *
 * @param {string} name of the payment method
 * @param {boolean} isCard
 */
export function payoutWords(name, isCard) {
    return {
        title: name,
        text: isCard ? _t("To refund to the customer's card:") : _t("The machine gives out:"),
        buttonText: (amount) => (isCard ? _t("Refund %s", amount) : _t("Give out %s", amount)),
    };
}

/** @param {string} amount formatted: what is due */
export function payoutRoundingText(amount) {
    return _t("%s are due. The machine has no smaller coins and rounds up.", amount);
}
