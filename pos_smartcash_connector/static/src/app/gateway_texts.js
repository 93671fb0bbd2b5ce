/** @odoo-module */

/**
 * What happened, what it means for the money, what to do now: the gateway's answers in the
 * cashier's words. Terms are translated when they are shown, hence the functions.
 *
 * @typedef {(term: string) => string} Translate
 */

/** @type {Object<string, (_t: Translate) => [string, string]>} what happened, what to do */
const REFUSALS = {
    device_busy: (_t) => [
        _t("The machine is busy with another payment."),
        _t("Finish that one first, then press Retry."),
    ],
    device_offline: (_t) => [
        _t("The machine is switched off or not connected."),
        _t("Check that it is switched on, then press Retry."),
    ],
    gateway_down: (_t) => [
        _t("The gateway on this till does not answer."),
        _t("Check that it is running, then press Retry."),
    ],
    not_acceptable: (_t) => [
        _t("There is nothing to accept now."),
        _t("Look at the amount inserted."),
    ],
    operation_unknown: (_t) => [_t("The machine does not know this payment."), ""],
    not_paired: (_t) => [
        _t("The gateway on this till has no pairing key yet."),
        _t(
            "Ask a manager to make a new pairing key on the device in Odoo and to enter it here with smartcash-gateway pair."
        ),
    ],
    token_missing: (_t) => [_t("The gateway wants Odoo's permission."), _t("Reload the page.")],
    token_invalid: (_t) => [
        _t("The gateway has another pairing key than Odoo."),
        _t("Ask a manager to pair it again."),
    ],
    token_wrong_device: (_t) => [
        _t("This gateway serves another machine."),
        _t("Ask a manager to check the gateway's address."),
    ],
    token_expired: (_t) => [
        _t("Odoo's permission has expired."),
        _t("Check the clock of this till, then try again."),
    ],
    token_scope: (_t) => [_t("Odoo has not allowed this on this machine."), _t("Ask a manager.")],
    no_token: (_t) => [
        _t("Odoo cannot be reached, and this till has no valid permission for the machine."),
        _t("Check the network, then try again."),
    ],
    origin_refused: (_t) => [
        _t("The gateway does not trust this address of Odoo."),
        _t("Ask a manager to add it to the gateway's origins."),
    ],
    host_refused: (_t) => [
        _t("The gateway is not reached under its own name."),
        _t("Ask a manager to check the gateway's address."),
    ],
    unsupported_kind: (_t) => [_t("This machine cannot do that."), _t("Ask a manager.")],
    bad_amount: (_t) => [_t("The machine cannot take this amount."), _t("Check the amount.")],
    bad_currency: (_t) => [
        _t("The machine works in another currency."),
        _t("Ask a manager to check the device."),
    ],
};

/**
 * @param {{code: string, detail?: string}} problem
 * @param {string|null} kind of the operation that was to start; null when none was
 * @param {Translate} _t
 * @returns {string}
 */
export function refusalText({ code, detail }, kind, _t) {
    const [what, next] = REFUSALS[code]
        ? REFUSALS[code](_t)
        : [detail || _t("The gateway refused."), ""];
    return [what, kind && nothingMovedText(kind, _t), next].filter(Boolean).join(" ");
}

function nothingMovedText(kind, _t) {
    return kind === "sale" ? _t("Nothing was charged.") : _t("No money moved.");
}

export function unreachableText(_t) {
    return _t("The gateway on this till does not answer. Check that it is running.");
}

export function unintelligibleText(_t) {
    return _t("The gateway sent an invalid response. Don't start again: ask a manager.");
}
