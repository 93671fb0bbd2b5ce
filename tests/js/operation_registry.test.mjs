import assert from "node:assert/strict";
import { test } from "node:test";

import { drivers } from "@pos_smartcash_terminal/app/driver/driver";
import { LedgerClient } from "@pos_smartcash_terminal/app/ledger/ledger";
import { OperationRegistry } from "@pos_smartcash_terminal/app/operation/registry";
import { newByHandUuid } from "@pos_smartcash_terminal/app/common/uuid";
import { FakeDriver, FakeMachine } from "./support/machine.mjs";
import { FakeOdoo } from "./support/odoo.mjs";
import { MemoryStorage } from "./support/storage.mjs";
import { UUID, sale } from "./support/till.mjs";
import { FakeClock, settled } from "./support/time.mjs";

class ToyDriver extends FakeDriver {
    constructor({ device, services }) {
        super(services.machine);
        this.device = device;
    }
}
drivers.add("toy", ToyDriver);

const device = (id, changes = {}) => ({
    id,
    uid: `uid-${id}`,
    name: `Machine ${id}`,
    driver: "toy",
    transport: "gateway",
    endpoint: `http://127.0.0.1:${id}`,
    currency: "EUR",
    ...changes,
});
/** As Odoo tells it to a till that no rule leads there. */
const unreached = (id) => {
    const known = device(id);
    delete known.endpoint;
    return known;
};

/** Two machines behind one Point of Sale; `login` says which of them a page's user works with. */
class Shop {
    constructor() {
        this.machines = { 1: new FakeMachine(), 2: new FakeMachine() };
        this.odoo = new FakeOdoo();
        this.storage = new MemoryStorage();
        this.clock = new FakeClock();
    }

    login(...devices) {
        const ledger = new LedgerClient({
            call: this.odoo.call,
            storage: this.storage,
            sessionId: 5,
            clock: this.clock,
        });
        const registry = new OperationRegistry({
            ledger,
            devices: () => devices,
            servicesFor: ({ id }) => ({ machine: this.machines[id] }),
            clock: this.clock,
        });
        const told = [];
        const sink = {
            settle: (op, outcome) => outcome,
            outOfReach: (op, where) => {
                told.push(where);
                return "out of reach";
            },
        };
        const run = (op, how = {}) =>
            registry.run(op, sink, { resume: true, onView: () => {}, ...how });
        return { ledger, registry, run, told };
    }

    async sell(page, op = sale({ device: device(1) })) {
        const outcome = page.run(op, { resume: false });
        await settled();
        assert.equal(this.odoo.rows.get(UUID).progress.state, "running");
        return outcome;
    }

    /** All that pages have asked a machine: `tell` is called for each look. */
    looksAt(id) {
        const machine = this.machines[id];
        const { tell } = machine;
        const looks = [];
        machine.tell = (uuid) => {
            looks.push(uuid);
            return tell.call(machine, uuid);
        };
        return looks;
    }
}

test("an operation carries its device from registration on: in Odoo, in storage, in reports", async () => {
    const shop = new Shop();
    const page = shop.login(device(1));
    shop.sell(page);
    await settled();
    assert.equal(shop.odoo.rows.get(UUID).values.device_id, 1);
    assert.equal(page.ledger.storedOperation(UUID).op.device.uid, "uid-1");
    shop.machines[1].insert(UUID, 990);
    await shop.clock.advance(1000);
    await page.ledger.flush();
    for (const { args } of shop.odoo.calls("report")) {
        assert.equal(args[2], 1, "which device told it");
    }
});

test("another user's page does not ask its own machine about an operation of another one", async () => {
    const shop = new Shop();
    shop.sell(shop.login(device(1)));
    await settled();
    const looks = shop.looksAt(2);
    const { registry, run, told } = shop.login(device(2));
    const op = sale({ device: unreached(1) });
    assert.equal(registry.isInReach(op), false);
    assert.equal(await run(op), "out of reach");
    await shop.clock.advance(60000);
    assert.equal(told[0].name, "Machine 1");
    assert.deepEqual(looks, []);
    assert.equal(shop.odoo.rows.get(UUID).progress.state, "running", "never failed");
    assert.equal(registry.has(UUID), false);
});

test("a reload under another user goes on with the machine that the record names", async () => {
    const shop = new Shop();
    const first = shop.login(device(1));
    shop.sell(first);
    await settled();
    shop.clock._timers.clear(); // its page is gone
    const looks = shop.looksAt(2);
    const { run, ledger } = shop.login(device(2));
    const [{ op }] = ledger.storedOperations();
    const outcome = run(op);
    shop.machines[1].insert(UUID, 990);
    await shop.clock.advance(2000);
    assert.equal((await outcome).result, "paid");
    assert.deepEqual(looks, []);
});

test("this page's own data of the device are newer than those that an operation carries", () => {
    const shop = new Shop();
    const moved = device(1, { endpoint: "http://127.0.0.1:9999" });
    const { registry } = shop.login(moved);
    assert.equal(registry.deviceOf(sale({ device: device(1) })), moved);
    assert.equal(registry.driverFor(moved), registry.driverFor(moved), "one driver a device");
});

test("a device that vanished, or whose addon did, is not replaced by another one", async () => {
    const shop = new Shop();
    const { registry, run } = shop.login(device(2));
    for (const gone of [{ id: 1 }, device(1, { driver: "uninstalled" }), {}]) {
        assert.equal(registry.isInReach(sale({ device: gone })), false);
        assert.equal(await run(sale({ device: gone })), "out of reach");
    }
    assert.equal(registry.driverFor(null), null);
});

test("what Odoo itself drives, and what is done by hand, can be asked about from everywhere", () => {
    const { registry } = new Shop().login(device(2));
    const served = { id: 9, transport: "server", driver: "of another addon" };
    assert.equal(registry.isInReach(sale({ device: served })), true);
    assert.equal(registry.isInReach(sale({ uuid: newByHandUuid(), device: unreached(1) })), true);
});

test("an operation of before operations carried their device: Odoo says which one it is", async (t) => {
    t.mock.method(console, "warn", () => {});
    const shop = new Shop();
    const { run, told } = shop.login(device(2));
    shop.odoo._lookup = () => ({ device: unreached(1) });
    assert.equal(await run(sale(), { usualDevice: device(2) }), "out of reach");
    assert.equal(told[0].id, 1);
    shop.odoo.reachable = false;
    assert.equal(await run(sale(), { usualDevice: device(2) }), "out of reach");
    assert.equal(told[1], null, "nobody says which one");
    shop.odoo.reachable = true;
    shop.odoo._lookup = () => ({ device: unreached(2) });
    const outcome = run(sale());
    shop.machines[2].start(sale());
    shop.machines[2].insert(UUID, 990);
    await shop.clock.advance(1000);
    assert.equal((await outcome).result, "paid");
});

test("where Odoo has never heard of it, the method's machine may have", async () => {
    const shop = new Shop();
    const { run } = shop.login(device(2));
    shop.machines[2].start(sale());
    shop.machines[2].insert(UUID, 990);
    const outcome = run(sale(), { usualDevice: device(2) });
    await shop.clock.advance(1000);
    assert.equal((await outcome).result, "paid");
});

test("asked twice it is done once, and a failing sink leaves nothing behind", async () => {
    const shop = new Shop();
    const { registry, run } = shop.login(device(1));
    const op = sale({ device: device(1) });
    const [one, two] = [run(op, { resume: false }), run(op)];
    assert.equal(one, two);
    assert.deepEqual([...registry.uuids], [UUID]);
    await settled();
    shop.machines[1].insert(UUID, 990);
    await shop.clock.advance(1000);
    await one;
    assert.equal(registry.has(UUID), false);
    assert.equal(registry.runners.size, 0);
    const broken = registry.track({ uuid: "x" }, () => Promise.reject(new Error("broken")));
    await assert.rejects(broken, /broken/);
    assert.equal(registry.has("x"), false);
});

test("machine and browser have forgotten, the ledger knows the end: it is what Odoo says", async () => {
    const shop = new Shop();
    const page = shop.login(device(1));
    const outcome = shop.sell(page);
    await settled();
    shop.machines[1].insert(UUID, 990);
    await shop.clock.advance(1000);
    await outcome;
    await page.ledger.flush();
    shop.machines[1].operations.clear();
    shop.storage._items.clear();
    const again = shop.login(device(1)).run(sale({ device: device(1) }));
    await shop.clock.advance(10000);
    const { result, lineAmount } = await again;
    assert.deepEqual([result, lineAmount], ["paid", 990]);
});

test("a device that is busy elsewhere is not freed by what this page's machine says", async () => {
    const shop = new Shop();
    shop.odoo.refusals.register = {
        code: "device_busy",
        message: "busy",
        operation: "22222222-2222-4222-8222-222222222222",
        deviceId: 1,
        unheardFor: 500,
    };
    const outcome = await shop.login(device(2)).run(sale({ device: device(2) }), { resume: false });
    assert.equal(outcome.refusal.code, "device_busy");
    assert.equal(shop.odoo.calls("report").length, 0);
});
