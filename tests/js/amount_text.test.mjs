import assert from "node:assert/strict";
import { test } from "node:test";

import { MAX_MINOR, readAmount } from "@pos_smartcash_terminal/app/common/amount_text";
import { amountProblemText } from "@pos_smartcash_terminal/app/common/amount_words";

const ES = { decimalPoint: ",", thousandsSep: "." };
const EN = { decimalPoint: ".", thousandsSep: "," };
const FR = { decimalPoint: ",", thousandsSep: "\u202f" };
const CH = { decimalPoint: ".", thousandsSep: "'" };
const PT = { decimalPoint: ",", thousandsSep: "" };
const IN = { ...EN, grouping: [3, 2, 0] };
const AR = EN; // as Odoo has it
const EUR = { decimals: 2, signs: ["€", "EUR"] };
const KWD = { decimals: 3, signs: ["د.ك", "KWD"] };
const JPY = { decimals: 0, signs: ["¥", "JPY"] };

/** What was read: a number, or the word for why not. */
function read(text, locale, currency = EUR) {
    const { minor, problem } = readAmount(text, { ...locale, ...currency });
    assert.equal(minor === null, problem !== null, JSON.stringify(text));
    return problem || minor;
}

const TABLE = [
    // The issue: a machine paid 1,250.00 for this.
    [ES, EUR, "12.50", 1250],
    [ES, EUR, "2.5", 250],
    [ES, EUR, "12,50", 1250],
    [ES, EUR, "1.234,56", 123456],
    [ES, EUR, "1,234.56", 123456],
    [ES, EUR, "1234.56", 123456],
    [ES, EUR, "1.234.567", 123456700],
    [ES, EUR, "1.234.567,8", 123456780],
    [ES, EUR, "1.234", "ambiguous"],
    [ES, EUR, "1,234", "too_many_decimals"],
    [ES, EUR, "1.2345", "too_many_decimals"],
    [ES, EUR, "1234.567", "too_many_decimals"],
    [ES, EUR, "0.123", "too_many_decimals"],
    [ES, EUR, "1.23.456", "not_a_number"],
    [IN, EUR, "1,23,456.7", 12345670],
    [IN, EUR, "12,34,567", 123456700],
    [IN, EUR, "1,234,567", "not_a_number"],
    [ES, EUR, "1.23.45", "not_a_number"],
    [ES, EUR, "1,234,56", "not_a_number"],
    [ES, EUR, "12,5,5", "not_a_number"],
    [EN, EUR, "12,50", 1250],
    [EN, EUR, "12.50", 1250],
    [EN, EUR, "1,234", "ambiguous"],
    [EN, EUR, "1,234.00", 123400],
    [EN, EUR, "1.234,5", 123450],
    [EN, EUR, "1.234", "too_many_decimals"],
    [FR, EUR, "12.50", 1250],
    [FR, EUR, "1\u202f234,5", 123450],
    [FR, EUR, "1\u00a0234,5", 123450],
    [FR, EUR, "1 234.5", 123450],
    [FR, EUR, "1 234", 123400],
    [FR, EUR, "1.234", "ambiguous"],
    [FR, EUR, "12 50", "not_a_number"],
    [CH, EUR, "1'234.50", 123450],
    [CH, EUR, "1’234.50", 123450],
    [PT, EUR, "1234,5", 123450],
    // Three decimals.
    [ES, KWD, "1.234", "ambiguous"],
    [ES, KWD, "1,234", 1234],
    [ES, KWD, "1234.567", 1234567],
    [ES, KWD, "0.123", 123],
    [ES, KWD, "12.50", 12500],
    [EN, KWD, "1.234", 1234],
    [EN, KWD, "1,234", "ambiguous"],
    [EN, KWD, "1,234.567", 1234567],
    [EN, KWD, "1.2345", "too_many_decimals"],
    // None.
    [ES, JPY, "1.234", 1234],
    [EN, JPY, "1,234", 1234],
    [EN, JPY, "12.5", "too_many_decimals"],
    [EN, JPY, "¥ 500", 500],
    // Arabic digits and separators; marks of direction.
    [AR, KWD, "١٢٫٥", 12500],
    [AR, KWD, "١٬٢٣٤٫٥٦٧", 1234567],
    [AR, KWD, "١٬٢٣٤", 1234000],
    [AR, KWD, "١٫٢٣٤", 1234],
    [AR, EUR, "١٫٢٣٤", "too_many_decimals"],
    [AR, KWD, "۱۲.۵", 12500],
    [AR, KWD, "\u200f١٢٫٥\u200f د.ك", 12500],
    [AR, KWD, "\u061c-\u200f١٢٫٥", -12500],
    // Signs.
    [EN, EUR, "€ 12.50", 1250],
    [EN, EUR, "12.50\u00a0€", 1250],
    [EN, EUR, "12.50 EUR", 1250],
    [EN, EUR, "$12.50", "not_a_number"],
    [EN, EUR, "+12.50", 1250],
    [EN, EUR, "-12.50", -1250],
    [EN, EUR, "−12.50 €", -1250],
    [EN, EUR, "€ -12.50", -1250],
    [EN, EUR, "-€12.50", -1250],
    [EN, EUR, "--5", "not_a_number"],
    [EN, EUR, "+-5", "not_a_number"],
    [EN, EUR, "5-", "not_a_number"],
    [EN, EUR, "-0", 0],
    // On the way to an amount.
    [EN, EUR, "12.", 1200],
    [EN, EUR, ".5", 50],
    [EN, EUR, "007", 700],
    [EN, EUR, "", "empty"],
    [EN, EUR, "  \u00a0", "empty"],
    [EN, EUR, "-", "not_a_number"],
    [EN, EUR, ".", "not_a_number"],
    [EN, EUR, "€", "not_a_number"],
    // What is none.
    [EN, EUR, "1e5", "not_a_number"],
    [EN, EUR, "=5*3", "not_a_number"],
    [EN, EUR, "0x10", "not_a_number"],
    [EN, EUR, "NaN", "not_a_number"],
    [EN, EUR, "Infinity", "not_a_number"],
    [EN, EUR, "twelve", "not_a_number"],
    [EN, EUR, "12.50\n13.50", "not_a_number"],
    // Scans: EAN-13, EAN-8, UPC-A, ITF-14; and what no check digit gives away.
    [EN, EUR, "4006381333931", "barcode"],
    [EN, EUR, "96385074", "barcode"],
    [EN, EUR, "036000291452", "barcode"],
    [EN, EUR, "10012345678902", "barcode"],
    [EN, EUR, "12345678901234", "too_large"],
    [EN, EUR, "9".repeat(400), "too_large"],
    [EN, EUR, `0.${"0".repeat(400)}`, "too_many_decimals"],
    [EN, EUR, "10000000000.00", MAX_MINOR],
    [EN, EUR, "10000000000.01", "too_large"],
    [EN, EUR, "-10000000000.01", "too_large"],
    [EN, EUR, "10000000", 1000000000],
    [EN, EUR, "1234", 123400],
];

test("one text, one amount or one reason", () => {
    for (const [locale, currency, text, expected] of TABLE) {
        const where = `${text} with “${locale.decimalPoint}”, ${currency.signs[1]}`;
        assert.equal(read(text, locale, currency), expected, where);
    }
});

test("zero has no sign", () => {
    assert.ok(Object.is(readAmount("-0.00", { ...EN, ...EUR }).minor, 0));
});

test("what is no text is no amount either, and nothing throws", () => {
    for (const bad of [null, undefined]) {
        assert.equal(read(bad, EN), "empty");
    }
    for (const bad of [NaN, Infinity, 1e21, {}, [], true, Symbol("x"), () => 5]) {
        assert.equal(read(bad, EN), "not_a_number");
    }
    assert.equal(read(12.5, ES), 1250);
    assert.equal(readAmount("5", { decimals: 2, decimalPoint: ".", thousandsSep: "," }).minor, 500);
});

// ------------------------------------------------------------------ properties

/** A seeded generator: a failure can be played again. */
function generator(seed) {
    let state = seed;
    return (below) => {
        state = (state * 1103515245 + 12345) % 2147483648;
        return Math.floor((state / 2147483648) * below);
    };
}

function write(minor, { decimalPoint, thousandsSep }, { decimals }) {
    const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
    const whole = digits.slice(0, digits.length - decimals);
    const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, thousandsSep);
    const rest = decimals ? `${decimalPoint}${digits.slice(-decimals)}` : "";
    return `${minor < 0 ? "-" : ""}${grouped}${rest}`;
}

const LOCALES = { ES, EN, FR, CH, PT, NBSP: { decimalPoint: ",", thousandsSep: "\u00a0" } };

test("what a locale writes it reads again", () => {
    const random = generator(20261127);
    for (const [name, locale] of Object.entries(LOCALES)) {
        for (const currency of [EUR, KWD, JPY]) {
            for (let round = 0; round < 3000; round++) {
                const minor = random(10 ** (1 + random(9))) * (random(8) ? 1 : -1) + 0;
                const text = write(minor, locale, currency);
                if (!locale.thousandsSep && !currency.decimals && text.length > 7) {
                    continue; // eight digits and no separator at all may be a barcode
                }
                for (const dressed of [text, ` ${text} `, `${text} ${currency.signs[0]}`]) {
                    assert.equal(read(dressed, locale, currency), minor, `${name}: ${dressed}`);
                }
            }
        }
    }
});

test("another locale's amount is read as it was meant, or refused: never as another amount", () => {
    const random = generator(7);
    for (const currency of [EUR, KWD]) {
        for (let round = 0; round < 3000; round++) {
            const minor = random(10 ** (1 + random(9)));
            for (const [writer, reader] of [
                [ES, EN],
                [EN, ES],
                [FR, EN],
                [EN, FR],
                [CH, ES],
            ]) {
                const text = write(minor, writer, currency);
                const found = read(text, reader, currency);
                assert.ok(found === minor || typeof found === "string", `${text}: ${found}`);
            }
        }
    }
});

test("random keys never throw, and give a whole number or a reason", () => {
    const random = generator(99);
    const keys = [..."0123456789.,-+ €'eE=x\u00a0\u202f٣٫٬۴\u200f\n", "EUR"];
    for (let round = 0; round < 20000; round++) {
        const text = Array.from({ length: random(14) }, () => keys[random(keys.length)]).join("");
        const found = read(text, Object.values(LOCALES)[random(6)], [EUR, KWD, JPY][random(3)]);
        assert.ok(typeof found === "string" || Number.isSafeInteger(found), text);
        assert.ok(typeof found === "string" || Math.abs(found) <= MAX_MINOR, text);
    }
});

test("each reason is said in words, with how to type it", () => {
    const say = (code, currency, locale) => amountProblemText(code, { ...currency, ...locale });
    assert.match(say("ambiguous", EUR, ES), /two amounts.*1234,00/);
    assert.match(say("ambiguous", KWD, EN), /1234\.000/);
    assert.match(say("too_many_decimals", KWD, EN), /KWD has at most 3 decimals/);
    assert.match(say("too_many_decimals", JPY, EN), /JPY has no decimals/);
    assert.match(say("barcode", EUR, EN), /scanned code/);
    assert.match(say("too_large", EUR, EN), /too large/);
    assert.match(say("not_a_number", EUR, EN), /not an amount/);
});
