/** @odoo-module */

const VERSION_AT = 14;
const BY_HAND_VERSION = "8";

/**
 * A random UUID. `crypto.randomUUID` exists on https pages only; many tills are on http.
 *
 * @param {Crypto} [source]
 * @returns {string}
 */
export function newUuid(source = globalThis.crypto) {
    const bytes = source.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [
        hex.slice(0, 8),
        hex.slice(8, 12),
        hex.slice(12, 16),
        hex.slice(16, 20),
        hex.slice(20),
    ].join("-");
}

/**
 * The uuid of the operation by hand that settles what `uuid` could not give out. Derived, so
 * that it is the same after a reload and can never be booked twice: the same bits as version 8
 * (RFC 9562 §5.8) instead of version 4.
 *
 * @param {string} uuid
 * @returns {string}
 */
export function byHandUuid(uuid) {
    const version = uuid[VERSION_AT] === BY_HAND_VERSION ? "4" : BY_HAND_VERSION;
    return uuid.slice(0, VERSION_AT) + version + uuid.slice(VERSION_AT + 1);
}

/**
 * The uuid of an operation that a person does instead of the machine. It says so itself: wherever
 * a payment line is restored from, nobody asks a machine about it.
 *
 * @returns {string} version 8
 */
export function newByHandUuid() {
    return byHandUuid(newUuid());
}

/**
 * @param {string|null} uuid
 * @returns {boolean} done by a person, not by a machine
 */
export function isByHand(uuid) {
    return uuid?.[VERSION_AT] === BY_HAND_VERSION;
}
