/** @odoo-module */

/**
 * What happened, what it means for the money, what to do now: the machine's answers, and their
 * absence, in the cashier's words. Terms are translated when they are shown, hence the functions.
 *
 * @typedef {(term: string, ...values: string[]) => string} Translate
 */

/**
 * @type {Object<string, (_t: Translate, name: string, address: string) => [string, string]>} what,
 *     what to do
 */
const REFUSALS = {
    device_busy: (_t, name) => [_t("%s is busy.", name), _t("Wait a moment, then press Retry.")],
    loading: (_t, name) => [
        _t("%s is starting or being updated.", name),
        _t("Wait a minute, then press Retry."),
    ],
    bad_amount: (_t, name) => [
        _t("%s does not accept this amount.", name),
        _t("Check the amount."),
    ],
    bad_parameters: (_t, name) => [
        _t("%s does not accept this request.", name),
        _t("Ask a manager."),
    ],
    wrong_unit: (_t, name) => [
        _t("%s counts in another unit than the one that is set.", name),
        _t("Ask a manager to change “Counts In” on the device, then reload the page."),
    ],
    no_pieces: (_t, name) => [
        _t("%s names no coins and notes of its currency.", name),
        _t("Ask a manager to check its currency, and whether its machine user may ask for levels."),
    ],
    not_permitted: (_t, name) => [
        _t("Our user of %s may not do this on the machine.", name),
        _t("Ask a manager."),
    ],
    wrong_user: (_t, name) => [
        _t("%s does not accept its user or password.", name),
        _t("Ask a manager to check them on the device in Odoo, then press Retry."),
    ],
    out_of_service: (_t, name) => [
        _t("%s is out of service.", name),
        _t("Look at its diagnosis screen, or restart it."),
    ],
    service_stopped: (_t, name) => [
        _t("The service of %s does not run.", name),
        _t("Restart the machine."),
    ],
    operation_unknown: (_t, name) => [_t("%s does not know this operation.", name), ""],
    not_in_execution: (_t) => [_t("There is nothing to end any more."), _t("Look at the amounts.")],
    unsupported_kind: (_t, name) => [_t("%s cannot do that.", name), _t("Ask a manager.")],
    no_address: (_t, name) => [
        _t("%s has no address.", name),
        _t("Ask a manager to enter its host on the device, then reload the page."),
    ],
    no_access: (_t, name) => [
        _t("Odoo cannot be reached, and this page does not know the machine user of %s yet.", name),
        _t("Check the network, then try again."),
    ],
    storage_refused: (_t) => [
        _t("This browser stores nothing, so a payment could be lost."),
        _t("Leave private browsing or free some space, then press Retry."),
    ],
    not_written_down: (_t, name) => [
        _t("What was done at %s itself could not be written down in Odoo.", name),
        _t("Check the network, then count again."),
    ],
    not_ours: (_t) => [
        _t("Another Point of Sale started this operation."),
        _t("End it there, or at the machine."),
    ],
};

/** @type {Object<string, (_t: Translate, name: string, address: string) => [string, string]>} */
const OBSTACLES = {
    silent: (_t, name) => [
        _t("%s does not answer.", name),
        _t("Check that it is switched on and connected."),
    ],
    certificate: (_t, name, address) => [
        _t("%s does not answer this browser.", name),
        _t(
            "Open %s in a new tab. If the browser warns of the certificate, accept it there and come back. If nothing opens, check that the machine is switched on and connected.",
            address
        ),
    ],
    browser_blocked: (_t, name) => [
        _t("This browser was told not to let Odoo connect to %s.", name),
        _t(
            "Click the icon left of the address bar, allow local network access for this site, then try again."
        ),
    ],
    browser_asks: (_t, name) => [
        _t("This browser lets Odoo connect to %s only after you allow it.", name),
        _t("Press Allow when the browser asks. If it does not ask, check that the machine is on."),
    ],
    page_not_secure: (_t, name) => [
        _t("This browser lets only secure pages connect to %s.", name),
        _t("Open Odoo with an address that begins with https. Ask a manager if there is none."),
    ],
    mixed_content: (_t, name) => [
        _t("Odoo is opened over https and %s over http: this browser blocks that.", name),
        _t(
            "Ask a manager to set the device to https, or use a current Chrome or Edge and the machine's IP address."
        ),
    ],
};

/** @type {Object<string, (_t: Translate, name: string) => string>} */
const PROTOCOL = {
    not_json: (_t, name) => _t("%s gave an answer that cannot be read.", name),
    redirect: (_t, name) => _t("The address of %s leads elsewhere. It was not followed.", name),
    no_service: (_t, name) =>
        _t("There is no CashDro web service at the address of %s. Ask a manager.", name),
    too_large: (_t, name) => _t("%s gave an answer without end.", name),
};

/** @type {Object<string, (_t: Translate, name: string) => string>} by the code of the message */
const REMARKS = {
    cashdro_queued: (_t) =>
        _t("The machine finishes something else first, then it starts by itself."),
    cashdro_fault: (_t, name) => _t("%s reports a fault. Look at its screen.", name),
    cashdro_no_change: (_t, name) =>
        _t("%s could not give anything out. Nothing was paid. Ask a manager to add change.", name),
    cashdro_never_started: (_t, name) =>
        _t("%s never began this operation. No money moved. Press Retry.", name),
    cashdro_forgotten: (_t, name) =>
        _t(
            "%s has lost this operation. Compare the money with the amounts here, then ask a manager to decide.",
            name
        ),
    cashdro_piece_0: (_t) => _t("Given back: there is no change for it. Ask for a smaller piece."),
    cashdro_piece_1: (_t) => _t("Given back: the machine cannot give this piece out again."),
    cashdro_piece_2: (_t) => _t("Given back: not accepted at the moment. Try another piece."),
    cashdro_piece_3: (_t) => _t("Given back: this piece is not accepted."),
    cashdro_piece_4: (_t) => _t("Given back: not recognised. Smooth it and try again."),
    cashdro_piece_5: (_t) => _t("Given back: there is no room for more of these."),
    cashdro_piece_6: (_t) =>
        _t("Given back: too many notes at once. Continue when they are stored."),
    cashdro_piece_7: (_t) =>
        _t("Given back: there is no room for it. Ask a manager to empty the machine."),
    cashdro_piece_8: (_t) => _t("Given back: there is no room for it. Try another piece."),
};

/**
 * @param {string} code of a refusal or an obstacle
 * @param {Object} about
 * @param {string} about.name the device's
 * @param {string} [about.address] the device's
 * @param {string|null} [about.kind] of the operation that was to start; null when none was
 * @param {Translate} _t
 * @returns {string}
 */
export function refusalText(code, { name, address = "", kind = null }, _t) {
    const words = REFUSALS[code] || OBSTACLES[code];
    const [what, next] = words ? words(_t, name, address) : [_t("%s refused.", name), ""];
    return [what, kind && nothingMovedText(kind, _t), next].filter(Boolean).join(" ");
}

/**
 * @param {{cashier: string|null, terminal: string|null}} running the operation in its way
 * @param {{name: string, kind: string|null}} about
 * @param {Translate} _t
 * @returns {string}
 */
export function busyText({ cashier, terminal }, { name, kind }, _t) {
    const who = cashier || _t("somebody");
    const where = terminal || _t("the machine itself");
    return [
        _t("%s is busy: %s at %s.", name, who, where),
        kind && nothingMovedText(kind, _t),
        _t("Wait until that has ended, then press Retry."),
    ]
        .filter(Boolean)
        .join(" ");
}

function nothingMovedText(kind, _t) {
    return kind === "sale" ? _t("Nothing was charged.") : _t("No money moved.");
}

/**
 * @param {string} code why the answer is none
 * @param {string} name the device's
 * @param {Translate} _t
 * @returns {string}
 */
export function unreadableText(code, name, _t) {
    return (PROTOCOL[code] || PROTOCOL.not_json)(_t, name);
}

/**
 * @param {import("@pos_smartcash_terminal/app/common/progress").Message} message
 * @param {string} name the device's
 * @param {Translate} _t
 * @returns {import("@pos_smartcash_terminal/app/common/progress").Message} with a text
 */
export function withText(message, name, _t) {
    return { ...message, text: REMARKS[message.code]?.(_t, name) || message.code };
}
