/** @odoo-module */

/**
 * Reads an amount of money that a person typed (or a scanner did). No framework in here.
 *
 * A text counts only when it can mean one amount: what can mean two is refused, since a machine
 * that pays 1,250.00 for "12.50" does not ask again. Nothing in here throws.
 */

/** As `money.py` has it: no operation carries more, in minor units. */
export const MAX_MINOR = 10 ** 12;

/** Digits that a number may have before it is converted; more is a scan, or nonsense. */
const MAX_DIGITS = 24;
/** Lengths of the codes on goods and boxes (GTIN); they end with a check digit. */
const BARCODE_LENGTHS = [8, 12, 13, 14];

/** Marks of direction, which some keyboards and clipboards add to Arabic text. */
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;
const MINUS = /^[\u2212\ufe63\uff0d-]/;
const PLUS = /^[\ufe62\uff0b+]/;
/** Only ever between thousands. */
const GROUP_ONLY = /[\s'\u2019\u066c]/;
/** Only ever before decimals. */
const ARABIC_POINT = "\u066b";
const DIGIT = /[0-9]/;

/**
 * @typedef {Object} AmountFormat how the user and the currency write amounts
 * @property {number} decimals the currency's `decimal_places`
 * @property {string} decimalPoint the user's
 * @property {string} thousandsSep the user's; may be empty
 * @property {number[]} [grouping] the user's, as Odoo has it: [3, 2, 0] is the Indian way
 * @property {string[]} [signs] the currency's symbol and name
 *
 * @typedef {Object} AmountReading
 * @property {number|null} minor integer, minor units; null when it is no amount
 * @property {"empty"|"not_a_number"|"ambiguous"|"too_many_decimals"|"barcode"|"too_large"|null}
 *     problem
 */

/**
 * @param {any} text
 * @param {AmountFormat} format
 * @returns {AmountReading}
 */
export function readAmount(text, format) {
    const { sign, digits } = takeSign(plainText(text), format.signs || []);
    if (digits === "") {
        return refused(sign || !isBlank(text) ? "not_a_number" : "empty");
    }
    if (isBarcode(digits)) {
        return refused("barcode");
    }
    const parts = split(digits, format);
    const point = parts && findPoint(parts, format);
    if (!point || point.problem) {
        return refused(point?.problem || "not_a_number");
    }
    return toMinorUnits(parts, point.at, sign, format.decimals);
}

function refused(problem) {
    return { minor: null, problem };
}

function isBlank(text) {
    return text === null || text === undefined || (typeof text === "string" && !text.trim());
}

/** Western digits, no marks of direction. */
function plainText(text) {
    if (typeof text !== "string") {
        return typeof text === "number" ? String(text) : "";
    }
    return text
        .replace(INVISIBLE, "")
        .replace(/[\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]/g, (digit) =>
            String(digit.charCodeAt(0) % 16)
        )
        .trim();
}

/** The currency may stand before or behind; the sign before the number or before the currency. */
function takeSign(text, signs) {
    let rest = text;
    let sign = "";
    for (let turns = 0; turns < 2; turns++) {
        rest = withoutCurrency(rest, signs);
        if (!sign && (MINUS.test(rest) || PLUS.test(rest))) {
            sign = MINUS.test(rest) ? "-" : "+";
            rest = rest.slice(1).trim();
        }
    }
    return { sign, digits: rest };
}

function withoutCurrency(text, signs) {
    // Some symbols hold a point: "د.ك".
    for (const sign of signs.map((one) => (one || "").replace(INVISIBLE, "").trim())) {
        if (sign && text.startsWith(sign)) {
            return text.slice(sign.length).trim();
        }
        if (sign && text.endsWith(sign)) {
            return text.slice(0, -sign.length).trim();
        }
    }
    return text;
}

/** A code as a scanner types it: its check digit fits. Of typed amounts without a separator one in ten. */
function isBarcode(digits) {
    if (!BARCODE_LENGTHS.includes(digits.length) || /[^0-9]/.test(digits)) {
        return false;
    }
    const weighted = [...digits]
        .reverse()
        .reduce((sum, digit, index) => sum + Number(digit) * (index % 2 ? 3 : 1), 0);
    return weighted % 10 === 0;
}

/**
 * @param {string} digits
 * @param {AmountFormat} format
 * @returns {{runs: string[], separators: string[]}|null} "1.234,5" → 1 . 234 , 5; null: something
 *     else is in it
 */
function split(digits, format) {
    const runs = [""];
    const separators = [];
    for (const letter of digits) {
        if (DIGIT.test(letter)) {
            runs[runs.length - 1] += letter;
            continue;
        }
        const separator = separatorOf(letter, format);
        if (!separator) {
            return null;
        }
        runs.push("");
        separators.push(separator);
    }
    return runs.some(Boolean) ? { runs, separators } : null;
}

/** @returns {string|null} a space for all that only groups */
function separatorOf(letter, { decimalPoint, thousandsSep }) {
    if ([".", ",", ARABIC_POINT].includes(letter)) {
        return letter;
    }
    if (letter === decimalPoint) {
        return ARABIC_POINT;
    }
    return GROUP_ONLY.test(letter) || letter === thousandsSep ? " " : null;
}

/**
 * Which separator stands before the decimals.
 *
 * @param {{runs: string[], separators: string[]}} parts
 * @param {AmountFormat} format
 * @returns {{at: number|null, problem?: string}|null} at: index of the separator, null when there
 *     are no decimals; null: it is no number
 */
function findPoint({ runs, separators }, { decimals, decimalPoint, grouping = [] }) {
    if (!separators.length) {
        return { at: null };
    }
    const last = separators.length - 1;
    const before = separators.slice(0, last);
    const size = grouping[1] === 2 ? 2 : 3;
    const isDecimal =
        isPoint(separators[last], before) && isGrouped(runs.slice(0, -1), before, size);
    const isGroup = isGrouped(runs, separators, size);
    if (!isDecimal || !isGroup) {
        return isDecimal ? { at: last } : isGroup ? { at: null } : null;
    }
    // "1.234": one separator, three digits behind it.
    if (decimals === 0 || separators[last] === " ") {
        return { at: null };
    }
    return separators[last] === decimalPoint ? { at: last } : { at: null, problem: "ambiguous" };
}

/** May the last separator be the one before the decimals? There is only one of its kind. */
function isPoint(separator, before) {
    return separator !== " " && !before.includes(separator);
}

/**
 * "1" "234" "567", with one kind of separator.
 *
 * @param {string[]} runs
 * @param {string[]} separators
 * @param {number} size digits of the groups before the last one, which has three
 */
function isGrouped(runs, separators, size) {
    if (!separators.length) {
        return true;
    }
    const [first, ...others] = runs;
    const sizes = others.map((run) => run.length);
    return (
        separators.every((one) => one === separators[0] && one !== ARABIC_POINT) &&
        /^[1-9][0-9]{0,2}$/.test(first) &&
        first.length <= size &&
        sizes.pop() === 3 &&
        sizes.every((one) => one === size)
    );
}

function toMinorUnits({ runs }, at, sign, decimals) {
    const whole = (at === null ? runs : runs.slice(0, -1)).join("");
    const rest = at === null ? "" : runs[runs.length - 1];
    if (rest.length > decimals) {
        return refused("too_many_decimals");
    }
    const digits = `${whole}${rest.padEnd(decimals, "0")}`.replace(/^0+/, "") || "0";
    if (digits.length > MAX_DIGITS || Number(digits) > MAX_MINOR) {
        return refused("too_large");
    }
    const minor = sign === "-" ? -Number(digits) : Number(digits);
    return { minor: minor + 0, problem: null }; // never -0
}
