/**
 * The shipped runner and driver against the real gateway and the real simulator, over real
 * sockets. Only Odoo is played.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, afterEach, before, beforeEach, test } from "node:test";

import { testConnection } from "@pos_smartcash_connector/app/connection_test";
import { GatewayDriver } from "@pos_smartcash_connector/app/gateway_driver";
import { LedgerClient } from "@pos_smartcash_terminal/app/ledger/ledger";
import { OperationRunner } from "@pos_smartcash_terminal/app/operation/runner";
import { byHandUuid } from "@pos_smartcash_terminal/app/common/uuid";
import { FakeOdoo } from "./support/odoo.mjs";
import { DEVICE_UID, Stack, mintToken, readSignature, until } from "./support/stack.mjs";
import { MemoryStorage } from "./support/storage.mjs";
import { refund, sale } from "./support/till.mjs";
import { WebSocket } from "./support/websocket.mjs";

const stack = new Stack();
let till;

/** A page at the till; `push` false takes the browser's WebSocket away. */
class Page {
    constructor({ push = true } = {}) {
        this.storage = new MemoryStorage();
        this.odoo = new FakeOdoo();
        this.odoo._token = ({ uuid, kind, amount }) =>
            kind === "sale"
                ? null
                : {
                      token: mintToken({
                          op: uuid,
                          kind,
                          max: amount,
                          scope: ["status", "operation"],
                      }),
                      expiresAt: Date.now() / 1000 + 120,
                  };
        this.push = push;
        this.load();
    }

    load() {
        this.close();
        this.driver = new GatewayDriver({
            device: { id: 1, uid: DEVICE_UID, endpoint: stack.endpoint },
            services: {
                fetch: (...args) => fetch(...args),
                WebSocket: this.push ? class extends WebSocket {} : undefined,
                storage: this.storage,
                issueToken: async (scope) => ({
                    token: mintToken({ scope }),
                    expiresAt: Date.now() / 1000 + 3600,
                }),
            },
        });
        this.ledger = new LedgerClient({
            call: this.odoo.call,
            storage: this.storage,
            sessionId: 5,
        });
        this.runner = new OperationRunner({ driver: this.driver, ledger: this.ledger });
    }

    close() {
        this.runner?._run?.watch.stop();
        this.driver?.close();
        this.ledger?.close();
    }

    shows(what, check) {
        return until(what, () => check(this.runner.view));
    }

    async run(op) {
        const outcome = this.runner.run(op);
        await this.shows("accepting", (view) => view.stage === "accepting");
        return { outcome };
    }

    async settledRow(uuid) {
        await until("Odoo has the end", () => this.ledger.waiting === 0);
        return this.odoo.rows.get(uuid).progress;
    }
}

before(() => stack.start());
after(() => stack.stop());
beforeEach(async () => {
    await stack.reset();
    till = new Page();
});
afterEach(() => till.close());

test("paid with change: line, ledger, machine and signature agree", async () => {
    await till.driver.prepare();
    const inside = (await stack.state()).physical_total;
    const op = sale({ uuid: randomUUID() });
    const { outcome } = await till.run(op);
    await stack.insert(500);
    await till.shows("5.00 inserted", (view) => view.inserted === 500 && view.remaining === 490);
    await stack.insert(1000);
    const { result, lineAmount, progress } = await outcome;
    assert.deepEqual([result, lineAmount], ["paid", 990]);
    assert.deepEqual([progress.amountIn, progress.amountOut], [1500, 510]);
    assert.equal((await stack.state()).physical_total - inside, 990);
    const claims = readSignature((await till.settledRow(op.uuid)).signature);
    assert.equal(claims.op, op.uuid);
    assert.equal(claims.device, DEVICE_UID);
    assert.deepEqual(
        [claims.kind, claims.state, claims.amount, claims.amount_in, claims.amount_out],
        ["sale", "done", 990, 1500, 510]
    );
});

test("without a WebSocket the polls bring the same end", async () => {
    till.close();
    till = new Page({ push: false });
    const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 500 }));
    await stack.insert(500);
    assert.equal((await outcome).result, "paid");
});

test("cancelled with money inside: everything comes back", async () => {
    const inside = (await stack.state()).physical_total;
    const op = sale({ uuid: randomUUID() });
    const { outcome } = await till.run(op);
    await stack.insert(200, 2);
    await till.shows("4.00 inserted", (view) => view.inserted === 400);
    assert.equal(await till.runner.cancel(), true);
    const { result, progress } = await outcome;
    assert.deepEqual([result, progress.state, progress.amountOut], ["nothing", "cancelled", 400]);
    assert.equal((await stack.state()).physical_total, inside);
    assert.equal((await till.settledRow(op.uuid)).state, "cancelled");
});

test("a part is kept when the cashier accepts it", async () => {
    const { outcome } = await till.run(sale({ uuid: randomUUID() }));
    assert.equal(await till.runner.accept(), false, "nothing to accept yet");
    await stack.insert(500);
    await till.shows("accept possible", (view) => view.canAccept);
    assert.equal(await till.runner.accept(), true);
    const { result, lineAmount } = await outcome;
    assert.deepEqual([result, lineAmount], ["partial", 500]);
});

test("a refund is paid out with Odoo's token for it, and not without", async () => {
    const op = refund({ uuid: randomUUID() });
    const { result, lineAmount } = await till.runner.run(op);
    assert.deepEqual([result, lineAmount], ["paid", -1230]);

    till.odoo._token = () => ({ token: mintToken({ scope: ["status", "sale"] }), expiresAt: 1e12 });
    const refused = await till.runner.run(refund({ uuid: randomUUID() }));
    assert.deepEqual([refused.result, refused.refusal.code], ["nothing", "token_scope"]);
});

test("change that the machine has not got is handed over by a person", async () => {
    await stack.faults({ no_change: true });
    const op = sale({ uuid: randomUUID() });
    const { outcome } = await till.run(op);
    await stack.insert(2000);
    await till.shows("hand over", (view) => view.byHand);
    assert.equal(till.runner.view.byHand.amount, 1010);
    till.runner.handedOver();
    assert.equal((await outcome).lineAmount, 990);
    await till.settledRow(op.uuid);
    assert.equal(till.odoo.rows.get(byHandUuid(op.uuid)).values.amount, 1010);
});

test("a second till is told that the machine is busy", async () => {
    const { outcome } = await till.run(sale({ uuid: randomUUID(), amount: 500 }));
    const other = new Page();
    const refused = await other.runner.run(sale({ uuid: randomUUID() }));
    other.close();
    assert.deepEqual([refused.result, refused.refusal.code], ["nothing", "device_busy"]);
    await stack.insert(500);
    assert.equal((await outcome).result, "paid");
});

test("a reload in the middle goes on with the same payment", async () => {
    const op = sale({ uuid: randomUUID() });
    await till.run(op);
    await stack.insert(500);
    await till.shows("5.00 inserted", (view) => view.inserted === 500);
    till.load();
    const outcome = till.runner.resume(op);
    assert.ok(till.runner.view.resumed);
    await stack.insert(500);
    assert.equal((await outcome).result, "paid");
    assert.equal((await till.settledRow(op.uuid)).state, "done");
});

test("a gateway killed before money came in: lost, then nothing, no second start", async () => {
    const op = sale({ uuid: randomUUID() });
    const { outcome } = await till.run(op);
    await stack.killGateway();
    await till.shows("lost", (view) => view.stage === "lost");
    await stack.startGateway();
    assert.equal((await outcome).result, "nothing");
    assert.equal((await till.settledRow(op.uuid)).amountIn, 0);
});

test("a gateway killed with money inside: the money is on the line, the rest is a question", async () => {
    const inside = (await stack.state()).physical_total;
    const op = sale({ uuid: randomUUID() });
    const { outcome } = await till.run(op);
    await stack.insert(500);
    await till.shows("5.00 inserted", (view) => view.inserted === 500);
    await stack.killGateway();
    await till.shows("lost", (view) => view.stage === "lost" && view.inserted === 500);
    await stack.startGateway();
    const { lineAmount, result } = await outcome;
    assert.equal(result, "unknown");
    assert.equal((await stack.state()).physical_total - inside, lineAmount);
    assert.equal(lineAmount, 500);
    assert.equal((await till.runner.check()).result, "unknown", "asked again, still for a person");
    assert.equal((await till.settledRow(op.uuid)).state, "unknown");
});

test("the connection test says what is wrong with the real gateway", async () => {
    const verdict = async (changes = {}) =>
        (
            await testConnection({
                endpoint: stack.endpoint,
                deviceUid: DEVICE_UID,
                token: mintToken({ scope: ["status"] }),
                fetch,
                pageProtocol: "http:",
                ...changes,
            })
        ).code;
    assert.equal(await verdict(), "ok");
    const wrong = mintToken({ scope: ["status"] }, "another key that is just as long as that one");
    assert.equal(await verdict({ token: wrong }), "wrong_key");
    assert.equal(await verdict({ token: mintToken({ scope: ["status"], exp: 1 }) }), "clock_wrong");
    assert.equal(await verdict({ deviceUid: "someone-else" }), "wrong_device");
    const foreign = (url, options) =>
        fetch(url, { ...options, headers: { ...options.headers, Origin: "https://evil.example" } });
    assert.equal(await verdict({ fetch: foreign }), "origin_refused");
    assert.equal(await verdict({ endpoint: stack.page }), "not_a_gateway");
    await stack.power(false);
    await until("machine off is noticed", async () => (await verdict()) === "machine_off");
    await stack.power(true);
    await until("machine on is noticed", async () => (await verdict()) === "ok");
    await stack.killGateway();
    assert.equal(await verdict(), "gateway_down");
    await stack.startGateway();
});
