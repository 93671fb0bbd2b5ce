/**
 * What a machine's answers mean: the cases in `pos_cashdro/vectors/`, which
 * pos_cashdro/tests_client/test_vectors.py runs too. A file, a section or a key of a case that has
 * nobody to run it fails, here and there.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import * as answers from "@pos_cashdro/app/cashdro_answers";
import { CashdroClient } from "@pos_cashdro/app/cashdro_client";
import { toInventory } from "@pos_cashdro/app/cashdro_inventory";
import { askedAmount, choosesPieces, kindOf, typeOf } from "@pos_cashdro/app/cashdro_kinds";
import { isOf, judge } from "@pos_cashdro/app/cashdro_outcome";
import { allPieces } from "@pos_cashdro/app/cashdro_pieces";
import { CashdroUnit, WrongUnit } from "@pos_cashdro/app/cashdro_unit";
import { DriverError } from "@pos_smartcash_terminal/app/driver/driver";
import { text } from "./support/cashdro.mjs";
import { _t } from "./support/translation.mjs";

const FOLDER = new URL("../../pos_cashdro/vectors/", import.meta.url);
const VECTORS = Object.fromEntries(
    readdirSync(FOLDER)
        .filter((name) => name.endsWith(".json"))
        .map((name) => [
            name.slice(0, -".json".length),
            JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")),
        ])
);
const OPERATION = {
    operationid: "7",
    state: "E",
    total: "1825",
    totalin: "1830",
    totalout: "-5",
};
const STATUS = {
    id: "7",
    state: "E",
    total: 1825,
    in: 1830,
    out: 5,
    owed: 0,
    messages: [],
    with_error: false,
    failed: false,
    cancelled: null,
    type: null,
    terminal: null,
    cashier: null,
    alias: null,
    may_have_ended: false,
};

const without = (wire, keys) =>
    Object.fromEntries(Object.entries(wire).filter(([key]) => !keys.includes(key)));

/** A case has these keys and no other one. */
function only(found, keys) {
    assert.deepEqual(without(found, [...keys, "promise", "means"]), {}, "nobody looks at this");
}

function agree(read, means) {
    if (means === "unreadable") {
        assert.throws(read, answers.UnreadableAnswer);
    } else {
        assert.deepEqual(read(), means);
    }
}

/** @param {Object} wires name of a call → the answers, the last of them again and again */
function clientTold(wires, changes = {}) {
    const calls = [];
    const fetch = async (url) => {
        const params = Object.fromEntries(new URL(url).searchParams);
        calls.push(params);
        const told = wires[params.operation];
        const wire = Array.isArray(told) && told.length > 1 ? told.shift() : [told].flat()[0];
        return text(JSON.stringify(wire || { code: 1, response: {} }));
    };
    const client = new CashdroClient({
        endpoint: "https://192.168.1.50",
        name: "The CashDro",
        access: { user: "pos", password: "secret" },
        fetch,
        _t,
        ...changes,
    });
    return { client, named: (name) => calls.filter(({ operation }) => operation === name) };
}

const ok = (operation) => ({ code: 1, response: { errorMessage: "none", operation } });
const no = (code) => ({ code, response: { errorMessage: "why" } });

// Answers -------------------------------------------------------------------------------------

function envelope({ raw, hex, means, ...more }) {
    only(more, []);
    const bytes = hex ? Buffer.from(hex, "hex") : Buffer.from(raw);
    agree(() => {
        // As a browser's fetch takes the bytes for a text.
        const found = answers.readAnswer(new TextDecoder().decode(bytes));
        const why = found.code === 1 ? {} : { text: found.text };
        return { code: found.code, body: found.body ?? null, ...why };
    }, means);
}

const reads =
    (read) =>
    ({ body, means, ...more }) => {
        only(more, []);
        agree(() => read(body), means);
    };

function status({ operation, without: left = [], body, flat, whole, means, ...more }) {
    only(more, []);
    const told = { ...without(OPERATION, left), ...operation };
    const wire = whole === undefined ? { ...(flat ? told : { operation: told }), ...body } : whole;
    const expected = means === "unreadable" ? means : { ...STATUS, ...means };
    agree(() => {
        const found = answers.readStatus(wire, "7");
        const { totalIn, totalOut, changeNotAvailable, withError, ...same } = found;
        return {
            ...same,
            in: totalIn,
            out: totalOut,
            owed: changeNotAvailable,
            with_error: withError,
            may_have_ended: answers.mayHaveEnded(found),
        };
    }, expected);
}

function level({ piece, means, ...more }) {
    only(more, []);
    const read = () => answers.readLevels({ pieces: [piece] });
    agree(read, means === "unreadable" ? means : [means]);
}

// Calls ---------------------------------------------------------------------------------------

const SALE = { type: 4, amount: 100, kind: "sale", terminal: "t", cashier: "", alias: "u-1" };
const CALLS = {
    startOperation: (client) => client.start(SALE),
    acknowledgeOperationId: (client) => client.acknowledge("7"),
    askOperation: (client) => client.ask("7"),
    finishOperation: (client) => client.finish("7", 1),
    setOperationImported: (client) => client.setImported("7"),
    askPendingOperations: (client) => client.pending("t"),
    askOperationExecuting: (client) => client.executing(),
    askMovements: (client) => client.movements(0, 1, []),
    getPiecesCurrency: (client) => client.levels("EUR"),
    doTest: (client) => client.test(),
};

function meaning(error) {
    assert.ok(error instanceof DriverError, String(error.stack));
    if (error.code === "fault") {
        return "open"; // the one that does not say that nothing happened
    }
    if (["device_busy", "loading"].includes(error.detail.code)) {
        return "busy";
    }
    const families = { denied: "denied", unknown_operation: "unknown_operation" };
    return families[error.code] || "refused";
}

async function refused({ call, code, means, ...more }) {
    only(more, []);
    for (const wire of [no(code), { code: String(code), data: "why" }]) {
        const { client, named } = clientTold({ [call]: wire });
        client._entryPoint = "index3.php";
        if (means === "not_in_execution") {
            assert.equal(await CALLS[call](client), false);
        } else {
            await assert.rejects(CALLS[call](client), (error) => {
                assert.equal(meaning(error), means);
                assert.equal(error.detail.machineCode, code);
                return true;
            });
        }
        assert.equal(named(call).length, 1, "nothing is repeated by itself");
    }
}

async function end({ told, executing, means, ...more }) {
    only(more, []);
    const base = { ...OPERATION, total: "1000", totalin: "500", totalout: "-500" };
    const { client } = clientTold({
        askOperation: told.map((one) => ok({ operation: { ...base, ...one } })),
        askOperationExecuting:
            typeof executing === "number" ? no(executing) : ok({ OperationId: executing }),
    });
    const { state, cancelled, totalOut } = await client.ask("7");
    assert.deepEqual(
        {
            finished: state === answers.STATE.finished,
            cancelled: Boolean(cancelled),
            out: totalOut,
        },
        { out: 500, ...means }
    );
}

// Kinds and outcomes --------------------------------------------------------------------------

function kindToType({ kind, amount, type, asked = amount, chooses_pieces = false, ...more }) {
    only(more, []);
    assert.equal(typeOf({ kind, amount }), type);
    assert.equal(askedAmount({ kind, amount }), asked);
    assert.equal(choosesPieces(kind), chooses_pieces);
}

function typeToKind({ type, kind, ...more }) {
    only(more, []);
    assert.equal(kindOf(type), kind);
}

function isOurs({ amount, told, means, ...more }) {
    only(more, []);
    only(told, ["alias", "total"]);
    assert.equal(isOf({ uuid: "u-1", amount }, told), means);
}

function judged({ asked, told, means, ...more }, defaults) {
    only(more, []);
    only(asked, ["kind", "amount", "wish", "allow_partial", "tolerance"]);
    only(told, ["state", "total", "in", "out", "owed", "messages", "with_error", "cancelled"]);
    const { kind, amount, wish = null, allow_partial = false, tolerance = 1 } = asked;
    const found = judge(
        { kind, amount, wish, allowPartial: allow_partial, tolerance },
        {
            id: "7",
            state: told.state || "F",
            total: told.total ?? amount,
            totalIn: told.in || 0,
            totalOut: told.out || 0,
            changeNotAvailable: told.owed || 0,
            messages: told.messages || [],
            withError: told.with_error || false,
            cancelled: told.cancelled ?? null,
        }
    );
    assert.deepEqual(
        { ...found, messages: found.messages.map(({ code }) => code) },
        {
            amountIn: told.in || 0,
            amountOut: told.out || 0,
            undispensed: 0,
            rounding: 0,
            deviceRef: "7",
            cancellable: false,
            acceptable: false,
            messages: [],
            card: null,
            signature: null,
            ...defaults,
            ...means,
        }
    );
}

const ended = (found) => judged(found, { phase: "ended" });

const runs = (found) => judged(found, { state: "running" });

function homologation({ kind, amount, pieces, cancel = false, rounding, ...moved }) {
    only(moved, ["in", "out"]);
    const state = cancel ? "cancelled" : "done";
    const asked = { kind, amount, wish: cancel ? "cancel" : null };
    ended({ asked, told: moved, means: { state, rounding } });
    const paid = kind === "sale" ? amount : -amount;
    assert.equal(moved.in - moved.out + rounding, cancel ? 0 : paid, "paid in full");
}

function totals({ net, ...sums }) {
    only(sums, ["in", "out"]);
    const { rows } = VECTORS.homologation;
    const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
    assert.deepEqual([sum("in"), sum("out"), sum("in") - sum("out")], [sums.in, sums.out, net]);
}

// Units and pieces ----------------------------------------------------------------------------

const pair = (coins, notes) => [
    ...coins.map((value) => ["coin", value]),
    ...notes.map((value) => ["note", value]),
];

/** Odoo tells the browser which pieces a currency has: nothing but the numbers to look at here. */
function currencyPieces({ currency, decimals, coins, notes, ...more }) {
    only(more, []);
    const unit = new CashdroUnit({
        ours: decimals,
        machine: decimals,
        pieces: pair(coins, notes),
    });
    const levels = pair(coins, notes).map(([kind, value]) => ({ kind, value }));
    assert.deepEqual(unit.levels(levels), levels);
    assert.equal(currency.length, 3);
}

async function unitOfMachine({ currency, ours, theirs, coins, notes, means, ...more }) {
    only(more, []);
    const known = VECTORS.units.currencies.find((one) => one.currency === currency);
    const pieces = pair(coins, notes).map(([kind, value]) => ({
        Value: value,
        Type: kind === "note" ? "2" : "1",
        LevelRecycler: "3",
        LevelCasete: "0",
    }));
    const { client, named } = clientTold(
        { getPiecesCurrency: ok({ pieces }), startOperation: ok({ operationId: "7" }) },
        {
            currency,
            unit: { ours, machine: theirs, pieces: known ? pair(known.coins, known.notes) : null },
        }
    );
    const start = async () => {
        await client.proveUnit();
        await client.start(SALE);
    };
    const code = { wrong: "wrong_unit", none: "no_pieces" }[means];
    const says = (error) => error instanceof DriverError && error.detail.code === code;
    if (means === "right") {
        await start();
        const unit = new CashdroUnit({ ours, machine: theirs });
        assert.deepEqual(
            (await client.levels(currency)).map(({ value }) => unit.toMachine(value)),
            [...coins, ...notes]
        );
        return;
    }
    await assert.rejects(start, says);
    assert.equal(named("startOperation").length, 0);
    if (means === "wrong") {
        await assert.rejects(client.levels(currency), says);
    } else {
        assert.equal(means, "none");
        assert.deepEqual(await client.levels(currency), []);
    }
}

function amounts({ ours, theirs, amount, counted, ...more }) {
    only(more, []);
    const unit = new CashdroUnit({ ours, machine: theirs });
    if (amount === null) {
        assert.throws(() => unit.toOurs(counted), WrongUnit);
        return;
    }
    assert.equal(unit.toMachine(amount), counted);
    if (counted !== null) {
        assert.equal(unit.toOurs(counted), amount);
    }
}

function inside({ currency, pieces, means, ...more }) {
    only(more, []);
    const found = toInventory(answers.readLevels({ pieces }), currency);
    assert.deepEqual(found, { currency, denominations: means });
}

async function given({ kind, currency, pieces, means, ...more }) {
    only(more, []);
    const chosen = allPieces(answers.readLevels({ pieces }), kind, currency);
    if (means === null) {
        assert.equal(chosen, null);
        return;
    }
    const { client, named } = clientTold({});
    await client.finish("7", 4, chosen);
    assert.deepEqual(JSON.parse(named("finishOperation")[0].params), means);
}

// Every case ----------------------------------------------------------------------------------

const RUNS = {
    answers: {
        envelopes: envelope,
        starts: reads(answers.readOperationId),
        statuses: status,
        executing: reads(answers.readExecuting),
        pending: reads(answers.readPending),
        movements: reads(answers.readMovements),
        levels: level,
    },
    calls: { codes: refused, ends: end },
    homologation: { rows: homologation, totals },
    kinds: { types: kindToType, kinds: typeToKind, ours: isOurs },
    outcomes: { ended, running: runs },
    pieces: { inside, given },
    units: { currencies: currencyPieces, machines: unitOfMachine, amounts },
};

const sectionsOf = (table) =>
    Object.fromEntries(
        Object.entries(table).map(([file, sections]) => [file, Object.keys(sections).sort()])
    );

test("every section of the vectors is run", () => {
    assert.deepEqual(sectionsOf(VECTORS), sectionsOf(RUNS));
});

for (const [file, sections] of Object.entries(VECTORS)) {
    for (const [section, cases] of Object.entries(sections)) {
        test(`${file}, ${section}`, async (t) => {
            assert.ok(cases.length);
            for (const [at, one] of cases.entries()) {
                await t.test(one.promise || String(at), () => RUNS[file][section](one));
            }
        });
    }
}
