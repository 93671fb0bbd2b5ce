/** @odoo-module */

/**
 * The machine's answers, read strictly, with the variations that are known from the field.
 *
 * Two entry points, two envelopes: `index3.php` says `{"code": 1, "response": {"errorMessage": …,
 * "operation": …}}`, `index.php` says `{"code": 1, "data": …}`, where data is often JSON in a string.
 * Numbers come as numbers or as text; the spelling of keys varies between requests, answers and
 * versions. All amounts are minor units.
 *
 * @typedef {Object} CashdroStatus
 * @property {string} id the machine's number of the operation
 * @property {string} state one of STATE
 * @property {number} total what was asked for
 * @property {number} totalIn
 * @property {number} totalOut 0 or more, although the machine counts it negative
 * @property {number} changeNotAvailable owed to the customer and not given
 * @property {number[]} messages codes 0 to 8, about pieces that were not accepted
 * @property {boolean} withError
 * @property {boolean} failed the operation itself is marked: it may go on once a jam is mended
 * @property {boolean|null} cancelled undocumented; null when it is missing, as the following
 * @property {number|null} type what kind of operation it is to the machine
 * @property {string|null} alias the uuid, for an operation of ours
 * @property {string|null} terminal
 * @property {string|null} cashier
 *
 * @typedef {Object} CashdroLevel
 * @property {string} currency
 * @property {number} value minor units
 * @property {"coin"|"note"} kind
 * @property {number} destination 0 refused, 1 recycler, 2 cassette
 * @property {number} recycler pieces
 * @property {number} cassette pieces
 * @property {number|null} maximum pieces in the recycler
 * @property {number|null} state as `ALERT` has it
 */

export const STATE = Object.freeze({
    /** For the acknowledgement: no money can move yet. */
    waiting: "I",
    queued: "Q",
    executing: "E",
    finished: "F",
    /** Undocumented; clients in the field take it for an end. */
    cancelled: "C",
    /** Undocumented letters are seen in the field; the operation still runs. */
    other: "?",
});
export const ALERT = Object.freeze({ belowMinimum: 2, aboveMaximum: 3, empty: 5 });

/** Larger than any machine holds: a guard against nonsense. */
const MAX_AMOUNT = 10 ** 12;
const WHOLE_NUMBER = /^[ \t\r\n]*[+-]?[0-9]{1,15}[ \t\r\n]*$/;

/** An answer that cannot be read. */
export class UnreadableAnswer extends Error {}

/**
 * Takes the envelope off.
 *
 * @param {string} text
 * @returns {{code: number, text: string, body: unknown}} text: the machine's words when the code
 *     is not 1
 * @throws {UnreadableAnswer} as all functions here
 */
export function readAnswer(text) {
    let wire = parse(text);
    if (typeof wire === "string") {
        wire = parse(wire); // the whole answer as JSON in JSON has been seen too
    }
    if (!isObject(wire)) {
        throw new UnreadableAnswer("The answer has no envelope.");
    }
    const code = number(wire, "code");
    if ("response" in wire) {
        const { response } = wire;
        return isObject(response)
            ? { code, text: words(response.errorMessage), body: response.operation }
            : { code, text: "", body: response };
    }
    if (!("data" in wire)) {
        throw new UnreadableAnswer("The answer has neither 'response' nor 'data'.");
    }
    const { data } = wire;
    if (code !== 1) {
        return { code, text: words(data), body: undefined };
    }
    const isNested = typeof data === "string" && /^\s*[{[]/.test(data);
    return { code, text: "", body: isNested ? parse(data) : data };
}

/**
 * Of a start: an object on index3.php, the bare number on index.php.
 *
 * @returns {string}
 */
export function readOperationId(body) {
    const found = isObject(body) ? number(body, "operationId") : asNumber(body, "operationId");
    if (found <= 0) {
        throw new UnreadableAnswer("'operationId' is not the number of an operation.");
    }
    return String(found);
}

/**
 * Of askOperation; of askOperationV2 too, which has one level less.
 *
 * @param {unknown} body
 * @param {string} asked the number that was asked for
 * @returns {CashdroStatus}
 */
export function readStatus(body, asked) {
    if (!isObject(body)) {
        throw new UnreadableAnswer("The answer has no operation.");
    }
    const inner = find(body, "operation");
    const operation = isObject(inner) ? inner : body;
    const answered = number(operation, "operationid", null);
    if (answered !== null && String(answered) !== asked) {
        throw new UnreadableAnswer("The answer is about another operation.");
    }
    const totalIn = number(operation, "totalin");
    if (totalIn < 0) {
        throw new UnreadableAnswer("'totalin' is negative.");
    }
    const cancelled = find(operation, "canceled");
    return {
        id: asked,
        state: readState(find(operation, "state")),
        total: number(operation, "total"),
        totalIn,
        // Negative in the maker's document, positive on older software.
        totalOut: Math.abs(number(operation, "totalout")),
        changeNotAvailable: Math.abs(number(operation, "amountchangenotavailable", 0)),
        messages: readMessages(find(body, "messages")),
        withError: flag(find(body, "withError")),
        failed: flag(find(operation, "error")),
        cancelled: isEmpty(cancelled) ? null : flag(cancelled),
        type: number(operation, "type", null),
        alias: label(operation, "aliasid"),
        terminal: label(operation, "posid"),
        cashier: label(operation, "posuser"),
    };
}

/**
 * Not finished in the documented way, and marked as clients in the field know it from an end. The same
 * marks stand on an operation that goes on giving the money back.
 *
 * @param {CashdroStatus} status
 * @returns {boolean}
 */
export function mayHaveEnded({ state, cancelled, failed }) {
    const hasBegun = state !== STATE.waiting && state !== STATE.queued;
    return (
        state !== STATE.finished &&
        (state === STATE.cancelled || Boolean(cancelled) || (failed && hasBegun))
    );
}

function readState(letter) {
    if (typeof letter !== "string" || !letter) {
        throw new UnreadableAnswer("'state' is not a letter.");
    }
    const state = letter.trim().toUpperCase();
    return Object.values(STATE).find((known) => known === state) ?? STATE.other;
}

/** Numbers, texts or `{"value": …}`: what is none of them is no code that we know. */
function readMessages(value) {
    return (Array.isArray(value) ? value : [])
        .map((item) => (isObject(item) ? find(item, "value") : item))
        .filter(isNumber)
        .map(Number);
}

/**
 * `OperationId` on index3.php, `[{"LogId": …}]` on index.php; nothing, 0 or -1 when idle.
 *
 * @returns {string|null} the number of the operation that runs now, whoever started it
 */
export function readExecuting(body) {
    let found = isObject(body) && "operation" in body ? body.operation : body;
    found = Array.isArray(found) ? found[0] : found;
    if (isEmpty(found)) {
        return null;
    }
    if (isObject(found)) {
        found = number(found, "OperationId", null) ?? number(found, "LogId", 0);
    }
    const id = asNumber(found, "OperationId");
    return id > 0 ? String(id) : null;
}

/** @returns {string[]} numbers of operations that nobody has imported yet */
export function readPending(body) {
    return records(body, "pendingOperations")
        .map((item) => number(item, "OperationId"))
        .filter((id) => id > 0)
        .map(String);
}

/** @returns {{id: string, alias: string|null}[]} */
export function readMovements(body) {
    return records(body, "movements").map((item) => ({
        id: String(number(item, "OperationId")),
        alias: label(item, "AliasId"),
    }));
}

/** @returns {CashdroLevel[]} */
export function readLevels(body) {
    return records(body, "pieces").map((piece) => {
        const value = number(piece, "Value");
        if (value <= 0) {
            throw new UnreadableAnswer("'Value' is not positive.");
        }
        return {
            currency: label(piece, "CurrencyId") || "",
            value,
            kind: number(piece, "Type") === 2 ? "note" : "coin",
            destination: number(piece, "Destination", 1),
            recycler: pieces(piece, "LevelRecycler"),
            // One s is the machine's own spelling.
            cassette: pieces(piece, "LevelCasete", "LevelCassette"),
            maximum: number(piece, "MaxLevel", null),
            state: number(piece, "State", null),
        };
    });
}

function pieces(piece, ...spellings) {
    const key = spellings.find((one) => !isEmpty(find(piece, one))) || spellings[0];
    const count = number(piece, key);
    if (count < 0) {
        throw new UnreadableAnswer(`'${key}' is negative.`);
    }
    return count;
}

// Values ---------------------------------------------------------------------------------

function parse(text) {
    try {
        return JSON.parse(text);
    } catch {
        throw new UnreadableAnswer("The answer is not JSON.");
    }
}

function isObject(value) {
    return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isEmpty(value) {
    return value === undefined || value === null || value === "";
}

/** The value of `key`, however its letters are cased. */
function find(wire, key) {
    if (Object.hasOwn(wire, key)) {
        return wire[key];
    }
    const lower = key.toLowerCase();
    const spelt = Object.keys(wire).find((name) => name.toLowerCase() === lower);
    return spelt === undefined ? undefined : wire[spelt];
}

function isNumber(value) {
    const isWhole =
        typeof value === "string" ? WHOLE_NUMBER.test(value) : Number.isSafeInteger(value);
    return isWhole && Math.abs(Number(value)) <= MAX_AMOUNT;
}

function asNumber(value, key) {
    if (!isNumber(value)) {
        throw new UnreadableAnswer(`'${key}' is not a whole number.`);
    }
    return Number(value) + 0; // never -0
}

/** Without a default the key must be there. */
function number(wire, key, ...defaults) {
    const value = find(wire, key);
    return defaults.length && isEmpty(value) ? defaults[0] : asNumber(value, key);
}

function flag(value) {
    return value === true || value === 1 || /^\s*(true|1)\s*$/i.test(words(value));
}

function words(value) {
    return typeof value === "string" ? value : "";
}

function label(wire, key) {
    const value = find(wire, key);
    return (isNumber(value) ? String(value) : words(value)) || null;
}

/** The objects of the list that is `body`, or that is under `key` in it. */
function records(body, key) {
    const list = isObject(body) ? find(body, key) : body;
    if (isEmpty(list) && !(isObject(body) && list === undefined)) {
        return [];
    }
    if (!Array.isArray(list) || !list.every(isObject)) {
        throw new UnreadableAnswer(`'${key}' is not a list of objects.`);
    }
    return list;
}
