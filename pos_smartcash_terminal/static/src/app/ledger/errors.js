/** @odoo-module */

/** Odoo did not answer: the call may or may not have had an effect. */
export class LedgerUnreachable extends Error {
    /**
     * @param {Error} cause
     * @param {{timedOut?: boolean}} [how] timedOut: the call got no answer in time; others may
     */
    constructor(cause, { timedOut = false } = {}) {
        super("Odoo cannot be reached.");
        this.name = "LedgerUnreachable";
        this.cause = cause;
        this.timedOut = timedOut;
    }
}

/** Odoo answered with an exception instead of a result. */
export class LedgerFault extends Error {
    /**
     * @param {string} message
     * @param {boolean} lasting the same call will fail the same way again
     */
    constructor(message, lasting) {
        super(message);
        this.name = "LedgerFault";
        this.lasting = lasting;
    }
}

const SESSION_EXPIRED = 100;
const RPC_ERROR = "RPC_ERROR";
const LASTING =
    /^(odoo\.exceptions\.(AccessError|UserError|ValidationError|MissingError|AccessDenied)|builtins\.(TypeError|ValueError|KeyError|AttributeError))$/;

/**
 * Sorts what `orm.call` may reject with. Odoo's error classes are told by their fields, since
 * these files know nothing of Odoo's modules.
 *
 * @param {any} error
 * @returns {LedgerUnreachable|LedgerFault}
 */
export function ledgerError(error) {
    if (error instanceof LedgerUnreachable || error instanceof LedgerFault) {
        return error;
    }
    if (error?.name !== RPC_ERROR || error.code === SESSION_EXPIRED) {
        return new LedgerUnreachable(error);
    }
    const exception = error.exceptionName || error.data?.name || "";
    return new LedgerFault(error.data?.message || error.message, LASTING.test(exception));
}
