/** @odoo-module */

import { KINDS, makeProgress } from "../common/progress";

const METHODS = ["register", "report", "not_handed_over"];

function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isProgress(value) {
    if (!isObject(value)) {
        return false;
    }
    makeProgress(value); // throws
    return true;
}

/**
 * Whether what lies in the browser's storage can be an operation: an older version may have
 * written it, or only half of it may be there. May throw, which means no.
 *
 * @param {any} record
 * @returns {boolean}
 */
export function isStoredOperation(record) {
    const { uuid, op, progress = null } = record;
    return (
        typeof uuid === "string" &&
        isObject(op) &&
        typeof op.uuid === "string" &&
        KINDS.includes(op.kind) &&
        Number.isSafeInteger(op.amount) &&
        (progress === null || isProgress(progress))
    );
}

/**
 * The same of a letter of the outbox.
 *
 * @param {any} record
 * @param {string} id under which it lies there
 * @returns {boolean}
 */
export function isLetter(record, id) {
    const { uuid, chain, method, args } = record;
    if (record.id !== id || typeof uuid !== "string" || typeof chain !== "string") {
        return false;
    }
    if (!METHODS.includes(method) || !Array.isArray(args)) {
        return false;
    }
    if (method === "not_handed_over") {
        return typeof args[0] === "string";
    }
    return method === "register" ? isObject(args[0]) : isProgress(args[1]);
}
