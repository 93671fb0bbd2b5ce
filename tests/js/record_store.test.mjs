import assert from "node:assert/strict";
import { test } from "node:test";

import { LedgerClient } from "@pos_smartcash_terminal/app/ledger/ledger";
import { browserStorage } from "@pos_smartcash_terminal/app/common/browser_storage";
import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import { RecordStore } from "@pos_smartcash_terminal/app/ledger/record_store";
import { FakeOdoo } from "./support/odoo.mjs";
import { MemoryStorage } from "./support/storage.mjs";
import { OTHER_UUID, UUID, sale } from "./support/till.mjs";
import { FakeClock, settled } from "./support/time.mjs";

/** What Odoo's core puts in place of a localStorage that refuses (addons/web, browser.js). */
class CoreRamStorage {
    constructor() {
        this._store = {};
    }
    setItem(key, value) {
        this._store[key] = String(value);
    }
    getItem(key) {
        return this._store[key];
    }
    removeItem(key) {
        delete this._store[key];
    }
    get length() {
        return Object.keys(this._store).length;
    }
    key() {
        return "";
    }
}

const broken = {
    get length() {
        throw new Error("SecurityError");
    },
    key() {
        throw new Error("SecurityError");
    },
    getItem() {
        throw new Error("SecurityError");
    },
    setItem() {
        throw new Error("SecurityError");
    },
    removeItem() {
        throw new Error("SecurityError");
    },
};

const done = makeProgress({ state: "done", amountIn: 990 });

function quiet(t) {
    t.mock.method(console, "warn", () => {});
}

function ledgerOn(storage, odoo = new FakeOdoo()) {
    return new LedgerClient({ call: odoo.call, storage, sessionId: 5, clock: new FakeClock() });
}

for (const [name, storage] of [
    ["core's memory in place of a storage", new CoreRamStorage()],
    ["a storage that throws at everything", broken],
]) {
    test(`${name} is no storage, and keeps records for as long as the page lives`, (t) => {
        quiet(t);
        const store = new RecordStore(storage, "box");
        assert.equal(store.put("1", { id: "1" }), false);
        assert.deepEqual(store.get("1"), { id: "1" });
        assert.deepEqual(store.list(), [{ id: "1" }]);
        assert.equal(store.unsafe, 1);
        store.remove("1");
        assert.equal(store.get("1"), null);
        assert.deepEqual(store.list(), []);
        assert.equal(store.unsafe, 0);
    });

    test(`${name}: a message reaches Odoo all the same, and no payment starts`, async (t) => {
        quiet(t);
        const odoo = new FakeOdoo();
        await odoo.call("smartcash.operation", "register", [sale()]);
        const ledger = ledgerOn(storage, odoo);
        assert.equal(ledger.saveOperation({ uuid: OTHER_UUID, op: sale() }), false);
        odoo.reachable = false;
        ledger.reportLater(UUID, done, { final: true });
        await settled();
        assert.equal(ledger.waiting, 1);
        assert.equal(ledger.unsafe, 2, "both are known to be lost with the page");
        odoo.reachable = true;
        await ledger.flush();
        assert.equal(odoo.rows.get(UUID).progress.state, "done");
        assert.equal(ledger.unsafe, 1);
    });
}

test("what the storage had no room for is written as soon as there is room", (t) => {
    quiet(t);
    const storage = new MemoryStorage();
    const store = new RecordStore(storage, "box");
    storage.full = true;
    assert.equal(store.put("1", { id: "1" }), false);
    assert.equal(store.unsafe, 1);
    storage.full = false;
    store.put("2", { id: "2" });
    assert.equal(store.unsafe, 0);
    assert.deepEqual(new RecordStore(storage, "box").list(), [{ id: "1" }, { id: "2" }]);
});

test("the browser's own storage is used, not what core puts in its place when it is full", () => {
    const storage = new MemoryStorage();
    assert.equal(browserStorage({ localStorage: storage }), storage);
    const forbidden = {
        get localStorage() {
            throw new Error("SecurityError");
        },
    };
    assert.equal(new RecordStore(browserStorage(forbidden), "box").put("1", {}), false);
    assert.equal(
        new RecordStore(browserStorage({ localStorage: null }), "box").put("1", {}),
        false
    );
});

const GARBAGE = [
    "{half",
    "null",
    "7",
    '"text"',
    "[]",
    "{}",
    '{"uuid": 7}',
    `{"uuid": "${OTHER_UUID}", "op": "sale"}`,
    `{"uuid": "${OTHER_UUID}", "op": {"kind": "barter", "amount": 1, "uuid": "${OTHER_UUID}"}}`,
    `{"uuid": "${OTHER_UUID}", "op": {"kind": "sale", "amount": "9.90", "uuid": "${OTHER_UUID}"}}`,
    `{"uuid": "${OTHER_UUID}", "op": {"kind": "sale", "amount": 990, "uuid": "${OTHER_UUID}"}, "progress": {"state": "paid"}}`,
    `{"uuid": "${OTHER_UUID}", "op": {"kind": "sale", "amount": 990, "uuid": "${OTHER_UUID}"}, "progress": "done"}`,
];

for (const text of GARBAGE) {
    test(`a record ${text} is set aside, visibly, and hides no other`, (t) => {
        quiet(t);
        const storage = new MemoryStorage();
        ledgerOn(storage).saveOperation({ uuid: UUID, op: sale() });
        storage.setItem(`smartcash_ops_5:${OTHER_UUID}`, text);
        storage.setItem("smartcash_outbox_:000000000000-x", text);
        const ledger = ledgerOn(storage);
        assert.deepEqual(
            ledger.storedOperations().map(({ uuid }) => uuid),
            [UUID]
        );
        assert.equal(ledger.storedOperation(OTHER_UUID), null);
        assert.equal(ledger.waiting, 0);
        assert.deepEqual(ledger.problems(), []);
        assert.deepEqual(
            ledger.damaged().map((record) => record.text),
            [text, text]
        );
    });
}

test("a record of an older version, with fields missing, is still read", () => {
    const storage = new MemoryStorage();
    const old = { uuid: UUID, op: sale(), phase: "watching" };
    storage.setItem(`smartcash_ops_5:${UUID}`, JSON.stringify(old));
    const ledger = ledgerOn(storage);
    assert.equal(ledger.storedOperation(UUID).op.amount, 990);
    assert.equal(ledger.storedOperations().length, 1);
    assert.deepEqual(ledger.damaged(), []);
});

test("a letter of a wrong shape neither stops the others nor is lost", async (t) => {
    quiet(t);
    const storage = new MemoryStorage();
    const odoo = new FakeOdoo();
    await odoo.call("smartcash.operation", "register", [sale()]);
    const letter = { id: "000000000001-a", uuid: UUID, method: "report", args: [UUID, null] };
    storage.setItem("smartcash_outbox_:000000000001-a", JSON.stringify(letter));
    const ledger = ledgerOn(storage, odoo);
    ledger.reportLater(UUID, done, { final: true });
    assert.equal(await ledger.flush(), 0);
    assert.equal(odoo.rows.get(UUID).progress.state, "done");
    assert.equal(ledger.damaged().length, 1);
});

test("what is written over a record that cannot be read keeps a copy of it", (t) => {
    quiet(t);
    const storage = new MemoryStorage();
    storage.setItem(`smartcash_ops_5:${UUID}`, "{half");
    const ledger = ledgerOn(storage);
    ledger.saveOperation({ uuid: UUID, op: sale() });
    assert.equal(ledger.storedOperation(UUID).op.amount, 990);
    assert.deepEqual(
        ledger.damaged().map((record) => record.text),
        ["{half"]
    );
    ledger.dropDamaged(ledger.damaged()[0].key);
    assert.deepEqual(ledger.damaged(), []);
    assert.equal(ledger.storedOperation(UUID).op.amount, 990);
});
