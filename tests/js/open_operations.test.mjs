import assert from "node:assert/strict";
import { test } from "node:test";

import { MachineBoard } from "@pos_smartcash_terminal/app/machine_panel/machine_board";
import { openOperations } from "@pos_smartcash_terminal/app/operation/open_operations";
import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import { byHandUuid } from "@pos_smartcash_terminal/app/common/uuid";
import { openText } from "@pos_smartcash_terminal/app/common/texts";
import { ConnectionLostError } from "./support/odoo.mjs";
import { OTHER_UUID, Till, UUID, sale } from "./support/till.mjs";
import { settled } from "./support/time.mjs";

const NOON = Date.parse("2025-01-01T12:00:00Z");
const NOTHING = {
    rows: [],
    stored: [],
    problems: [],
    handedOver: [],
    running: new Set(),
    settled: new Set(),
    now: NOON,
};

function row(progress, changes = {}) {
    return {
        ...makeProgress(progress),
        ...sale(),
        id: 42,
        evidence: "signed",
        parentUuid: null,
        disputed: false,
        unheardFor: null,
        startedAt: "2025-01-01T11:59:00Z",
        endedAt: null,
        ...changes,
    };
}

const open = (known) => openOperations({ ...NOTHING, ...known });
const only = (known) => {
    const operations = open(known);
    assert.equal(operations.length, 1);
    return operations[0];
};

test("what another till left unknown asks, and can be checked from here", () => {
    const found = only({ rows: [row({ state: "unknown", amountIn: 500 })] });
    assert.deepEqual(
        [found.what, found.asks, found.canCheck, found.amountIn, found.operationId],
        ["unknown", true, true, 500, 42]
    );
    const { kind, amount, orderName, paymentMethodId, token } = found.op;
    assert.deepEqual([kind, amount, paymentMethodId, token], ["sale", 990, 7, null]);
    assert.equal(orderName, sale().orderName);
});

test("what another till is about to start is not touched: a look could call it off", () => {
    const fresh = only({ rows: [row({ phase: "registered" }, { unheardFor: 3 })] });
    assert.deepEqual([fresh.what, fresh.canCheck, fresh.asks], ["starting", false, false]);
    const left = only({ rows: [row({ phase: "registered" }, { unheardFor: 121 })] });
    assert.deepEqual([left.what, left.canCheck], ["running", true]);
});

test("what runs elsewhere becomes a question when it goes on for long", () => {
    assert.equal(only({ rows: [row({ phase: "accepting" })] }).asks, false);
    const startedAt = "2025-01-01T11:40:00Z";
    assert.equal(only({ rows: [row({ phase: "accepting" }, { startedAt })] }).asks, true);
});

test("what runs in this page is shown as such, whoever knows of it", () => {
    const running = new Set([UUID]);
    assert.equal(only({ rows: [row({ phase: "accepting" })], running }).what, "here");
    const stored = [{ uuid: UUID, op: sale(), progress: null, handedOver: false }];
    assert.equal(only({ stored, running }).what, "here");
    assert.equal(only({ stored, running }).canCheck, true, "it can be brought to the front");
    const uuid = byHandUuid(UUID);
    const byHand = [{ uuid, op: sale({ uuid }), progress: null, handedOver: false }];
    const asked = only({ stored: byHand, running: new Set([uuid]) });
    assert.deepEqual([asked.what, asked.canCheck], ["here", false]);
});

test("money that the machine owes is to be handed over", () => {
    const found = only({ rows: [row({ state: "done", amountIn: 5000, undispensed: 4010 })] });
    assert.deepEqual([found.what, found.owed, found.canCheck], ["owed", 4010, true]);
});

test("what was handed over, here or elsewhere, is never asked for again", () => {
    const owing = row({ state: "done", amountIn: 5000, undispensed: 4010 });
    const child = row(
        { state: "done", amountOut: 4010 },
        { uuid: byHandUuid(UUID), parentUuid: UUID, kind: "refund", evidence: "manual" }
    );
    for (const known of [
        { rows: [owing, child] },
        { rows: [owing], handedOver: [UUID] },
        { rows: [owing], settled: new Set([UUID]) },
    ]) {
        const found = only(known);
        assert.deepEqual([found.owed, found.canCheck && found.what === "owed"], [0, false]);
    }
});

test("a paid line whose order is not finished is no question", () => {
    const paid = row({ state: "done", amountIn: 990 }, { endedAt: "2025-01-01T11:00:00Z" });
    const here = only({ rows: [paid], settled: new Set([UUID]) });
    assert.deepEqual([here.what, here.asks], ["unfinished", false]);
    const elsewhere = only({ rows: [paid] });
    assert.deepEqual([elsewhere.what, elsewhere.asks], ["no_order", true]);
    const fresh = only({ rows: [{ ...paid, endedAt: "2025-01-01T11:59:30Z" }] });
    assert.equal(fresh.asks, false, "its order is on the way");
});

test("a sale by hand that no order has is nothing that a device could be asked about", () => {
    const changes = { uuid: byHandUuid(UUID), evidence: "manual" };
    const found = only({ rows: [row({ state: "done", amountIn: 990 }, changes)] });
    assert.deepEqual([found.what, found.canCheck], ["no_order", false]);
});

test("what only this browser remembers is there too", () => {
    const stored = (progress, op = sale()) => ({ uuid: op.uuid, op, progress, handedOver: false });
    const what = (entry) => only({ stored: [entry] }).what;
    assert.equal(what(stored(null)), "running");
    assert.equal(what(stored(makeProgress({ state: "unknown" }))), "unknown");
    assert.equal(what(stored(makeProgress({ state: "done", amountIn: 990 }))), "unreported");
    assert.equal(what(stored(makeProgress({ state: "cancelled", undispensed: 500 }))), "owed");
    assert.equal(what(stored(null, sale({ uuid: byHandUuid(UUID) }))), "unbooked");
});

test("a payout by hand that Odoo wrote down unheard is asked for again", () => {
    const uuid = byHandUuid(UUID);
    const op = sale({ uuid, kind: "refund" });
    const rows = [row({ state: "done", amountOut: 990 }, { uuid, evidence: "manual" })];
    const found = only({ rows, stored: [{ uuid, op, progress: null, handedOver: false }] });
    assert.deepEqual([found.what, found.canCheck, found.operationId], ["unbooked", true, 42]);
});

test("what Odoo refuses asks, with its words, on the operation that it is about", () => {
    const refusedReport = {
        id: "1",
        uuid: UUID,
        method: "report",
        args: [UUID, makeProgress({ state: "done", amountIn: 2000, amountOut: 1010 })],
        code: "contradicts_signature",
        message: "It differs.",
    };
    const rows = [row({ phase: "accepting" })];
    const found = only({ rows, problems: [refusedReport] });
    assert.deepEqual(
        [found.what, found.asks, found.message, found.problemId, found.amountIn, found.amountOut],
        ["refused", true, "It differs.", "1", 2000, 1010]
    );
    assert.equal(found.op.orderName, sale().orderName);
    assert.match(openText(found, { owed: "", isOurs: false }), /It differs\./);
    const values = { uuid: "c", parent_uuid: UUID, kind: "refund", amount: 5, order_name: "O" };
    const refusedChild = { id: "2", uuid: "c", method: "register", args: [values], message: "No." };
    const onParent = only({ rows, problems: [refusedChild] });
    assert.deepEqual([onParent.uuid, onParent.what], [UUID, "refused"]);
    const alone = only({
        problems: [{ ...refusedChild, args: [{ ...values, parent_uuid: null }] }],
    });
    assert.deepEqual([alone.uuid, alone.op.amount, alone.op.orderName], ["c", 5, "O"]);
});

test("questions come first", () => {
    const rows = [
        row({ phase: "accepting" }, { uuid: OTHER_UUID }),
        row({ state: "unknown", amountIn: 500 }),
    ];
    assert.deepEqual(
        open({ rows }).map(({ uuid }) => uuid),
        [UUID, OTHER_UUID]
    );
});

function makeBoard({ answer = async () => [], devices, watchLevels = () => new Map() } = {}) {
    const till = new Till();
    const asked = [];
    const boards = [];
    const healths = [];
    const looks = [];
    till.ledger.pending = async () => {
        asked.push(till.clock.now());
        return answer();
    };
    const board = new MachineBoard({
        ledger: till.ledger,
        clock: till.clock,
        devices: devices || [{ id: 3, name: "Till 1", methodIds: [7] }],
        watchHealth: (device, onHealth) => {
            healths.push(onHealth);
            return () => healths.splice(0);
        },
        lookAt: async (device) => looks.push(device.id),
        watchLevels: async (...args) => watchLevels(...args),
        look: () => ({ running: new Set(), aside: new Set(), settled: new Set() }),
        onChange: (drawn) => boards.push(drawn),
    });
    return { till, board, boards, asked, healths, looks };
}

test("now and then the board asks Odoo, and has drivers look", async () => {
    const { till, board, boards, asked, healths, looks } = makeBoard();
    await board.open();
    await till.clock.advance(50);
    assert.equal(boards.at(-1).state, "unknown");
    const messages = [{ code: "17", text: "The cassette is full.", level: "error" }];
    healths[0]({ state: "error", messages });
    await till.clock.advance(50);
    assert.equal(boards.at(-1).state, "error");
    assert.deepEqual(boards.at(-1).machines[0].messages, messages);
    assert.equal(asked.length, 1);
    await till.clock.advance(59000);
    assert.equal(asked.length, 1);
    await till.clock.advance(1000);
    assert.equal(asked.length, 2);
    board.refreshSoon();
    await till.clock.advance(3000);
    assert.equal(asked.length, 3, "after an operation's end");
    assert.deepEqual(looks, [3, 3, 3]);
    board.close();
    await till.clock.advance(200000);
    assert.equal(asked.length, 3);
    assert.equal(healths.length, 0);
});

test("a till that has card terminals only is no cash machine", async () => {
    const terminal = (id) => ({
        id,
        name: `A77 ${id}`,
        methodIds: [id],
        capabilities: { card: true },
    });
    const machine = { id: 3, name: "Till 1", methodIds: [7] };
    for (const [devices, hasCardsOnly] of [
        [[terminal(1), terminal(2)], true],
        [[terminal(1), machine], false],
        [[machine], false],
        [[], false],
    ]) {
        const { board } = makeBoard({ devices });
        assert.equal(board.board().hasCardsOnly, hasCardsOnly);
    }
});

test("a POS without a machine asks nothing", async () => {
    const { till, board, asked } = makeBoard({ devices: [] });
    await board.open();
    board.refreshSoon();
    await till.clock.advance(200000);
    assert.deepEqual(asked, []);
});

test("many changes at once are drawn once", async () => {
    const { till, board, boards } = makeBoard();
    await board.open();
    await till.clock.advance(50);
    const drawn = boards.length;
    for (let count = 0; count < 20; count++) {
        board.redraw();
    }
    await till.clock.advance(50);
    assert.equal(boards.length, drawn + 1);
});

test("without Odoo the board keeps what it knew, and says so", async () => {
    let fails = false;
    const { till, board } = makeBoard({
        answer: async () => {
            if (fails) {
                throw new ConnectionLostError("gone");
            }
            return [row({ state: "unknown", amountIn: 500 })];
        },
    });
    await board.open();
    await settled();
    assert.deepEqual([board.board().questions, board.board().isCurrent], [1, true]);
    fails = true;
    const warned = console.warn;
    console.warn = () => {};
    await board.refresh();
    console.warn = warned;
    assert.deepEqual([board.board().questions, board.board().isCurrent], [1, false]);
    assert.equal(board.board().machines[0].operations.length, 1);
    assert.deepEqual(board.board().others, []);
    assert.ok(till);
});

test("an operation of a machine that this POS does not use is shown apart", async () => {
    const { board } = makeBoard({
        answer: async () => [row({ state: "unknown" }, { paymentMethodId: 8 })],
    });
    await board.open();
    const { machines, others, questions } = board.board();
    assert.deepEqual([machines[0].operations.length, others.length, questions], [0, 1, 1]);
});

test("what runs out turns the dot orange and is named; trouble and work come first", async () => {
    const { till, board, boards, healths } = makeBoard({
        watchLevels: () => new Map([[3, "Nearly empty: 0.50."]]),
    });
    await board.open();
    for (const [health, shown] of [
        ["online", "attention"],
        ["unknown", "attention"],
        ["busy", "busy"],
        ["offline", "offline"],
        ["error", "error"],
    ]) {
        healths[0]({ state: health, messages: [] });
        await till.clock.advance(50);
        assert.equal(boards.at(-1).state, shown);
        const told = boards.at(-1).machines[0].messages.map(({ text }) => text);
        assert.deepEqual(told, shown === "attention" ? ["Nearly empty: 0.50."] : []);
    }
});

test("levels that cannot be asked for leave the board as it is", async (t) => {
    t.mock.method(console, "warn", () => {});
    const { till, board, boards, healths } = makeBoard({
        watchLevels: () => {
            throw new Error("away");
        },
    });
    await board.open();
    healths[0]({ state: "online", messages: [] });
    await till.clock.advance(50);
    assert.equal(boards.at(-1).state, "online");
});

test("what runs on a machine that this page does not reach is shown, and not checked", () => {
    const device = { id: 1, name: "Machine 1" };
    const isInReach = ({ device: where }) => where?.id !== 1;
    const found = only({ rows: [row({ amountIn: 500 }, { device })], isInReach });
    assert.deepEqual(
        [found.what, found.isElsewhere, found.canCheck, found.op.device.id],
        ["running", true, false, 1]
    );
    const how = { owed: "5.00", isOurs: false };
    assert.match(openText(found, how), /belongs to Machine 1.*Don't start it again.*ask a manager/);
    assert.doesNotMatch(openText(found, how), /press Check/i);
    const op = sale({ device });
    const stored = [{ uuid: UUID, op, progress: makeProgress({ state: "unknown" }) }];
    const kept = only({ stored, isInReach });
    assert.deepEqual([kept.asks, kept.canCheck], [true, false], "also what this browser remembers");
    const owed = row({ state: "done", amountIn: 2000, undispensed: 500 }, { device });
    const text = openText(only({ rows: [owed], isInReach }), how);
    assert.match(text, /still owes 5\.00.*belongs to Machine 1/);
    const here = only({ stored, isInReach, running: new Set([UUID]) });
    assert.deepEqual([here.what, here.canCheck], ["here", true]);
    const nobody = openText({ ...found, op: {} }, how);
    assert.match(nobody, /not known yet on which machine/);
});

test("an operation is listed under its machine, whichever one its method leads to here", async () => {
    const devices = [
        { id: 3, name: "Till 1", methodIds: [7] },
        { id: 4, name: "Till 2", methodIds: [8] },
    ];
    const rows = [
        row({ phase: "accepting" }, { device: { id: 4, name: "Till 2" } }),
        row({ phase: "accepting" }, { uuid: OTHER_UUID, device: { id: 5, name: "Till 3" } }),
    ];
    const { board } = makeBoard({ devices, answer: async () => rows });
    await board.refresh();
    const { machines, others } = board.board();
    assert.deepEqual(
        [...machines, { operations: others }].map(({ operations }) =>
            operations.map(({ uuid }) => uuid)
        ),
        [[], [UUID], [OTHER_UUID]]
    );
});
