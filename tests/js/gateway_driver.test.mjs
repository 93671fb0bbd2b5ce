import assert from "node:assert/strict";
import { test } from "node:test";

import { GatewayDriver } from "@pos_smartcash_connector/app/gateway_driver";
import {
    DriverError,
    drivers,
    isOperationUnknown,
} from "@pos_smartcash_terminal/app/driver/driver";
import { LedgerClient } from "@pos_smartcash_terminal/app/ledger/ledger";
import { OperationRunner } from "@pos_smartcash_terminal/app/operation/runner";
import { FakeGateway, operation, problem } from "./support/gateway.mjs";
import { FakeOdoo } from "./support/odoo.mjs";
import { MemoryStorage } from "./support/storage.mjs";
import { UUID, refund, sale } from "./support/till.mjs";
import { FakeClock, settled } from "./support/time.mjs";

const HOUR = 3600;

function setUp({ endpoint = "http://127.0.0.1:8787/", Request } = {}) {
    const gateway = new FakeGateway();
    gateway.health = { device_state: "online" };
    const clock = new FakeClock();
    const storage = new MemoryStorage();
    const issued = [];
    const services = {
        fetch: gateway.fetch,
        WebSocket: gateway.WebSocket,
        Request,
        storage,
        clock,
        issueToken: async (scope) => {
            if (services.odooDown) {
                throw new Error("no connection");
            }
            issued.push(scope);
            const expiresAt = clock.now() / 1000 + 12 * HOUR;
            return { token: `token-${issued.length}`, expiresAt };
        },
    };
    const device = { id: 3, uid: "dev-1", endpoint };
    const makeDriver = () => new GatewayDriver({ device, services });
    return { gateway, clock, storage, services, issued, makeDriver, driver: makeDriver() };
}

const code =
    (expected, pattern = /./) =>
    (error) => {
        assert.ok(error instanceof DriverError, String(error));
        assert.equal(error.code, expected);
        assert.match(error.message, pattern);
        return true;
    };

test("the driver answers to the payment method's name", () => {
    assert.equal(drivers.get("cashlogy"), GatewayDriver);
});

test("start puts the operation as the gateway's interface has it", async () => {
    const { gateway, driver } = setUp();
    gateway.answer = () => ({ status: 201, body: operation(UUID, { amount_in: 500 }) });
    const progress = await driver.start(sale());
    assert.equal(progress.amountIn, 500);
    assert.equal(progress.cancellable, true);
    assert.equal(progress.deviceRef, "j:1");
    const [request] = gateway.requests;
    assert.equal(request.method, "PUT");
    assert.equal(request.url, `http://127.0.0.1:8787/v1/operations/${UUID}`);
    assert.equal(request.token, "token-1");
    assert.equal(request.redirect, "error");
    assert.equal(request.credentials, "omit");
    assert.deepEqual(request.json, {
        kind: "sale",
        amount: 990,
        currency: "EUR",
        reference: "Order 00001-001-0001",
        allow_partial: true,
    });
});

test("only a gateway that knows how long it may wait is told", async () => {
    const { gateway, services } = setUp();
    const device = { id: 3, uid: "dev-1", endpoint: "http://127.0.0.1:8788", idleMinutes: 5 };
    const driver = new GatewayDriver({ device, services });
    gateway.answer = () => ({ status: 201, body: operation(UUID) });
    const told = async () => {
        await driver.start(sale());
        return gateway.requests.filter(({ method }) => method === "PUT").at(-1).json.idle_timeout;
    };
    await driver.prepare();
    await settled();
    assert.equal(await told(), undefined, "not known yet");
    gateway.socket.push({ type: "device", device: { state: "online", capabilities: {} } });
    assert.equal(await told(), undefined, "an older one refuses it");
    const capabilities = { idle_timeout: true };
    gateway.socket.push({ type: "device", device: { state: "online", capabilities } });
    assert.equal(await told(), 315, "the page is first");
    device.idleMinutes = 0;
    assert.equal(await told(), undefined);
    driver.close();
});

test("one token serves the shift, also after a reload", async () => {
    const { gateway, makeDriver, issued } = setUp();
    gateway.answer = () => ({ status: 200, body: operation(UUID) });
    await makeDriver().poll(sale());
    await makeDriver().poll(sale());
    assert.deepEqual(issued, [["status", "sale"]]);
});

test("the shift's token is renewed in its last hour, in the background", async () => {
    const { gateway, clock, driver, issued, services } = setUp();
    gateway.answer = () => ({ status: 200, body: operation(UUID) });
    await driver.poll(sale());
    clock._now += 10.5 * HOUR * 1000;
    await driver.poll(sale());
    assert.equal(issued.length, 1);
    clock._now += HOUR * 1000;
    services.odooDown = true;
    await driver.poll(sale());
    assert.equal(gateway.requests.at(-1).token, "token-1", "Odoo away: the old one still holds");
    services.odooDown = false;
    await driver.poll(sale());
    assert.equal(gateway.requests.at(-1).token, "token-1", "nobody waits for the new one");
    await settled();
    await driver.poll(sale());
    assert.equal(gateway.requests.at(-1).token, "token-2");
});

test("sales go on without Odoo exactly as long as the shift's token holds", async () => {
    const { clock, driver, services } = setUp();
    assert.equal(driver.worksOffline(sale()), false);
    await driver.tokens.shift();
    services.odooDown = true;
    assert.equal(driver.worksOffline(sale()), true);
    assert.equal(driver.worksOffline(refund()), false);
    clock._now += 12 * HOUR * 1000;
    assert.equal(driver.worksOffline(sale()), false);
    await assert.rejects(driver.start(sale()), code("denied", /Odoo cannot be reached/));
});

test("a payout uses the token of its registration, or asks Odoo for one of its own", async () => {
    const { gateway, driver, issued } = setUp();
    gateway.answer = () => ({ status: 201, body: operation(UUID, { kind: "refund" }) });
    await driver.start(refund({ token: "from-register" }));
    assert.equal(gateway.requests[0].token, "from-register");
    await driver.start(refund());
    assert.deepEqual(issued, [UUID]);
    assert.equal(gateway.requests[1].token, "token-1");
});

test("a stale token is replaced once, and only when the gateway refused it", async () => {
    const { gateway, driver } = setUp();
    gateway.answer = ({ token }) =>
        token === "token-1"
            ? { status: 401, body: problem("token_expired") }
            : { status: 201, body: operation(UUID) };
    await driver.start(sale());
    assert.deepEqual(
        gateway.requests.map((request) => request.token),
        ["token-1", "token-2"]
    );
    gateway.answer = ({ token }) =>
        token === "token-2"
            ? { status: 401, body: problem("token_invalid") }
            : { status: 200, body: operation(UUID) };
    await driver.poll(sale());
    assert.equal(gateway.requests.at(-1).token, "token-3");
    gateway.answer = () => ({ status: 401, body: problem("token_invalid") });
    const before = gateway.requests.length;
    await assert.rejects(driver.start(sale()), code("denied", /pairing key/));
    assert.equal(gateway.requests.length, before + 2);
});

test("where no gateway is, nothing is started, and that is certain", async () => {
    const { gateway, driver } = setUp();
    gateway.isThere = false;
    await assert.rejects(driver.start(sale()), code("unavailable", /Nothing was charged/));
    assert.deepEqual(gateway.requests, []);
});

test("a gateway that is connected is not looked for before a start", async (t) => {
    t.mock.method(console, "warn", () => {});
    const { gateway, driver } = await connected();
    gateway.isThere = false;
    await assert.rejects(driver.start(sale()), code("unreachable"));
});

test("a start without an answer is not sent again", async () => {
    const { gateway, clock, driver } = setUp();
    gateway.answer = () => new Promise(() => {});
    const outcome = assert.rejects(driver.start(sale()), code("unreachable", /does not answer/));
    await clock.advance(10000);
    await outcome;
    assert.equal(gateway.requests.length, 1);
});

test("a cut connection leaves the outcome open", async () => {
    const { gateway, driver } = setUp();
    gateway.answer = () => {
        throw new TypeError("Failed to fetch");
    };
    await assert.rejects(driver.poll(sale()), code("unreachable"));
});

test("problem documents become the runner's codes and the cashier's words", async () => {
    const { gateway, driver } = setUp();
    const cases = [
        [
            409,
            problem("device_busy", { operation: "other" }),
            "unavailable",
            /busy.*Nothing was charged/,
        ],
        [503, problem("device_offline"), "unavailable", /switched off.*Nothing was charged.*Retry/],
        [422, problem("bad_amount"), "not_started", /amount.*Nothing was charged/],
        [403, problem("token_scope"), "denied", /not allowed/],
        [403, problem("origin_refused"), "denied", /does not trust/],
        [403, problem("not_paired"), "denied", /no pairing key.*smartcash-gateway pair/],
        [422, problem("something_new"), "not_started", /about something_new/],
        [409, problem("uuid_conflict"), "fault", /Don't start again/],
        [500, problem("internal"), "fault", /Don't start again/],
        [502, "<html>Bad gateway</html>", "fault", /Don't start again/],
        [200, "not json", "fault", /./],
        [200, operation("someone-else"), "fault", /./],
        [200, operation(UUID, { state: "paid" }), "fault", /./],
        [200, operation(UUID, { amount_in: "500" }), "fault", /./],
    ];
    for (const [status, body, expected, pattern] of cases) {
        gateway.answer = () => ({ status, body });
        await assert.rejects(driver.start(sale()), code(expected, pattern), JSON.stringify(body));
    }
    gateway.answer = () => ({ status: 409, body: problem("device_busy", { operation: "other" }) });
    await assert.rejects(driver.start(sale()), (error) => error.detail.operation === "other");
    gateway.answer = () => ({ status: 503, body: problem("device_offline") });
    await assert.rejects(
        driver.start(refund({ token: "t" })),
        code("unavailable", /No money moved/)
    );
});

test("no error text of a running operation claims that nothing was charged", async () => {
    const { gateway, driver } = setUp();
    for (const name of ["token_invalid", "token_expired", "origin_refused", "device_offline"]) {
        gateway.answer = () => ({ status: 403, body: problem(name) });
        await assert.rejects(driver.poll(sale()), (error) => {
            assert.doesNotMatch(error.message, /Nothing was charged|No money moved/);
            return true;
        });
    }
});

test("an operation that the gateway never heard of is told apart from silence", async () => {
    const { gateway, driver } = setUp();
    gateway.answer = () => ({ status: 404, body: problem("operation_unknown") });
    await assert.rejects(driver.poll(sale()), isOperationUnknown);
    gateway.answer = () => ({ status: 404, body: problem("not_found") });
    await assert.rejects(driver.poll(sale()), (error) => !isOperationUnknown(error));
});

test("cancel, accept and inventory ask what their names say", async () => {
    const { gateway, driver } = setUp();
    gateway.answer = () => ({ status: 202, body: operation(UUID) });
    await driver.cancel(sale());
    await driver.accept(sale());
    gateway.answer = () => ({ status: 200, body: { state: "online", inventory: { total: 5 } } });
    assert.equal((await driver.inventory()).inventory.total, 5);
    assert.deepEqual(
        gateway.requests.map(({ method, path }) => `${method} ${path}`),
        [
            `POST /v1/operations/${UUID}/cancel`,
            `POST /v1/operations/${UUID}/accept`,
            "GET /v1/device",
        ]
    );
});

async function connected() {
    const all = setUp();
    await all.driver.prepare();
    all.gateway.socket.open();
    all.gateway.socket.push({ type: "ready", device: { state: "online" }, operation: null });
    return all;
}

test("prepare opens the one socket that all methods of the device share", async () => {
    const { gateway, makeDriver } = await connected();
    await makeDriver().prepare();
    makeDriver().subscribe(
        sale(),
        () => {},
        () => {}
    );
    assert.equal(gateway.sockets.length, 1);
    assert.equal(gateway.socket.url, "ws://127.0.0.1:8787/v1/events");
    assert.deepEqual(gateway.socket.sent, [{ token: "token-1" }]);
});

test("messages reach the subscriber of their operation, in the same tick", async () => {
    const { gateway, driver } = await connected();
    const heard = [];
    const unsubscribe = driver.subscribe(
        sale(),
        (progress) => heard.push(progress.amountIn),
        () => {}
    );
    gateway.socket.push({ type: "operation", operation: operation(UUID, { amount_in: 200 }) });
    assert.deepEqual(heard, [200]);
    gateway.socket.push({ type: "operation", operation: operation("other", { amount_in: 900 }) });
    unsubscribe();
    gateway.socket.push({ type: "operation", operation: operation(UUID, { amount_in: 500 }) });
    assert.deepEqual(heard, [200]);
});

test("unreadable and impossible messages are left out", async (t) => {
    t.mock.method(console, "warn", () => {});
    const { gateway, driver } = await connected();
    const heard = [];
    driver.subscribe(
        sale(),
        (progress) => heard.push(progress),
        () => {}
    );
    gateway.socket.push("{half");
    gateway.socket.push({ type: "operation", operation: operation(UUID, { amount_in: -1 }) });
    gateway.socket.push({ type: "news" });
    assert.deepEqual(heard, []);
});

test("a dropped socket says so, comes back by itself and says so", async () => {
    const { gateway, clock, driver } = await connected();
    const live = [];
    driver.subscribe(
        sale(),
        () => {},
        (state) => live.push(state)
    );
    gateway.socket.drop();
    assert.deepEqual(live, [true, false]);
    await clock.advance(250);
    assert.equal(gateway.sockets.length, 2);
    gateway.socket.open();
    gateway.socket.push({ type: "ready", device: {}, operation: null });
    assert.deepEqual(live, [true, false, true]);
});

test("a gateway that stays away is tried with growing pauses", async () => {
    const { gateway, clock, driver } = await connected();
    driver.subscribe(
        sale(),
        () => {},
        () => {}
    );
    const at = [];
    for (let i = 0; i < 7; i++) {
        gateway.socket.drop();
        const count = gateway.sockets.length;
        const from = clock.now();
        while (gateway.sockets.length === count) {
            await clock.advance(50);
        }
        at.push(clock.now() - from);
    }
    assert.deepEqual(at, [250, 500, 1000, 2000, 4000, 4000, 4000]);
});

test("a socket whose token is refused comes back with a new one", async () => {
    const { gateway, clock } = await connected();
    gateway.socket.drop(4401);
    await clock.advance(250);
    gateway.socket.open();
    assert.deepEqual(gateway.socket.sent, [{ token: "token-2" }]);
});

test("a closed driver stays closed", async () => {
    const { gateway, clock, driver } = await connected();
    const { socket } = gateway;
    driver.close();
    assert.ok(socket.closed);
    socket.drop();
    await clock.advance(60000);
    assert.equal(gateway.sockets.length, 1);
});

test("what an abandoned socket still says or does touches nothing", async () => {
    const { gateway, clock, driver } = await connected();
    const abandoned = gateway.socket;
    driver.close();
    const heard = [];
    const live = [];
    driver.subscribe(
        sale(),
        (progress) => heard.push(progress),
        (state) => live.push(state)
    );
    await settled();
    gateway.socket.open();
    gateway.socket.push({ type: "ready", device: {}, operation: null });
    abandoned.push({ type: "operation", operation: operation(UUID) });
    abandoned.drop();
    await clock.advance(10000);
    assert.deepEqual(heard, []);
    assert.deepEqual(live, [false, true]);
    assert.equal(gateway.sockets.length, 2);
});

test("without WebSocket the runner polls", () => {
    const { driver, services } = setUp();
    services.WebSocket = undefined;
    assert.equal(
        driver.subscribe(
            sale(),
            () => {},
            () => {}
        ),
        null
    );
});

function cashRegister(all) {
    const odoo = new FakeOdoo();
    const { clock, storage, driver } = all;
    const ledger = new LedgerClient({ call: odoo.call, storage, sessionId: 5, clock });
    return { ...all, odoo, runner: new OperationRunner({ driver, ledger, clock }) };
}

test("from the socket's message to the ended view no timer and no promise lies between", async () => {
    const { gateway, runner } = cashRegister(await connected());
    gateway.answer = () => ({ status: 201, body: operation(UUID) });
    const outcome = runner.run(sale());
    await settled();
    assert.equal(runner.view.stage, "accepting");
    gateway.socket.push({
        type: "operation",
        operation: operation(UUID, {
            state: "done",
            phase: "ended",
            amount_in: 2000,
            amount_out: 1010,
            signature: "a.b.c",
        }),
    });
    assert.equal(runner.view.stage, "ended");
    assert.equal(runner.view.result, "paid");
    assert.equal((await outcome).progress.signature, "a.b.c");
});

test("a socket that drops mid-sale costs nothing: polls take over at once", async () => {
    const { gateway, clock, runner } = cashRegister(await connected());
    let now = operation(UUID);
    gateway.answer = () => ({ status: 200, body: now });
    const outcome = runner.run(sale());
    await settled();
    gateway.socket.drop();
    now = operation(UUID, { state: "done", phase: "ended", amount_in: 990 });
    await clock.advance(200);
    assert.equal((await outcome).result, "paid");
});

test("a uuid that the gateway knows with another amount is looked at, not called a refusal", async () => {
    const { gateway, clock, runner } = cashRegister(setUp());
    gateway.answer = ({ method }) =>
        method === "PUT"
            ? { status: 409, body: problem("uuid_conflict") }
            : { status: 200, body: operation(UUID, { state: "done", amount_in: 500 }) };
    const outcome = runner.run(sale());
    await clock.advance(500);
    assert.equal((await outcome).lineAmount, 500);
});

test("Chrome is told which network is meant; older browsers are left in peace", async () => {
    const withOption = class {
        get targetAddressSpace() {
            return "";
        }
    };
    const olderWords = class {
        constructor(url, options) {
            if (options.targetAddressSpace === "loopback") {
                throw new TypeError("not a valid enum value");
            }
        }
        get targetAddressSpace() {
            return "";
        }
    };
    const without = class {};
    const cases = [
        ["http://127.0.0.1:8787", withOption, "loopback"],
        ["http://localhost:8787", withOption, "loopback"],
        ["http://[::1]:8787", withOption, "loopback"],
        ["https://192.168.1.20:8787", withOption, "local"],
        ["https://172.20.0.4", withOption, "local"],
        ["https://till.local", withOption, "local"],
        ["https://[fd00::1]:8787", withOption, "local"],
        ["https://172.32.0.4", withOption, undefined],
        ["https://10.example.com", withOption, undefined],
        ["https://gateway.example.com", withOption, undefined],
        ["http://127.0.0.1:8787", olderWords, undefined],
        ["http://127.0.0.1:8787", without, undefined],
    ];
    for (const [endpoint, Request, expected] of cases) {
        const { gateway, driver } = setUp({ endpoint, Request });
        gateway.answer = () => ({ status: 200, body: operation(UUID) });
        await driver.poll(sale());
        assert.equal(gateway.requests[0].targetAddressSpace, expected, endpoint);
    }
});

test("the machine's health is what the gateway pushes; nothing is asked for it", async (t) => {
    t.mock.method(console, "warn", () => {});
    const { gateway, clock, driver } = setUp();
    const heard = [];
    const stop = driver.watchHealth((health) => heard.push(health));
    await clock.advance(0);
    assert.deepEqual(heard, [{ state: "unknown", messages: [] }]);
    gateway.socket.open();
    gateway.socket.push({ type: "ready", device: { state: "online", errors: [] } });
    assert.deepEqual(heard.at(-1), { state: "online", messages: [] });
    const errors = [{ code: "17", text: "The cassette is full.", level: "error" }];
    gateway.socket.push({ type: "device", device: { state: "error", errors } });
    assert.deepEqual(heard.at(-1), { state: "error", messages: errors });
    gateway.socket.drop();
    assert.equal(heard.at(-1).state, "offline");
    assert.match(heard.at(-1).messages[0].text, /gateway on this till does not answer/);
    await clock.advance(250);
    gateway.socket.open();
    gateway.socket.push({ type: "ready", device: { state: "busy" } });
    assert.equal(heard.at(-1).state, "busy");
    const inventory = { currency: "EUR", total: 0, denominations: [] };
    gateway.socket.push({ type: "device", device: { state: "online", inventory } });
    assert.deepEqual(heard.at(-1), { state: "online", messages: [], inventory });
    stop();
    const count = heard.length;
    gateway.socket.push({ type: "device", device: { state: "online" } });
    assert.equal(heard.length, count);
    assert.deepEqual(gateway.requests, []);
});

test("who only watches the health does not make a gateway that is away tried more often", async (t) => {
    t.mock.method(console, "warn", () => {});
    const { gateway, clock, driver } = setUp();
    driver.watchHealth(() => {});
    await clock.advance(0);
    for (let round = 0; round < 8; round++) {
        gateway.socket.drop();
        await clock.advance(30000);
    }
    const tried = gateway.sockets.length;
    gateway.socket.drop();
    await clock.advance(29000);
    assert.equal(gateway.sockets.length, tried);
});

test("a start tells before each of its requests, and nothing is sent when that throws", async () => {
    const { gateway, driver } = setUp();
    const sent = [];
    gateway.answer = ({ token, method }) => {
        sent.push(method);
        if (method !== "PUT") {
            return { status: 200, body: { status: "ok" } };
        }
        return token === "token-1"
            ? { status: 401, body: problem("token_expired") }
            : { status: 201, body: operation(UUID) };
    };
    await driver.start(sale(), { onRequest: () => sent.push("told") });
    // The gateway is looked for, a token asked for, and the start sent; then once more with a new one.
    assert.deepEqual(sent, ["told", "told", "told", "PUT", "told", "told", "PUT"]);
    const { length } = gateway.requests;
    const stop = () => {
        throw new DriverError("not_started", "Too late.");
    };
    await assert.rejects(driver.start(sale(), { onRequest: stop }), code("not_started"));
    assert.equal(gateway.requests.length, length);
});

test("a gateway that is slow at each step does not look unstarted to a second tab", async (t) => {
    t.mock.method(console, "warn", () => {});
    const { gateway, clock, driver, makeDriver, services } = setUp();
    await driver.tokens.shift();
    const { fetch } = services;
    const wait = (ms) => new Promise((resolve) => clock.setTimeout(resolve, ms));
    let isStarted = false;
    gateway.answer = ({ method }) => {
        isStarted ||= method === "PUT";
        return method === "PUT" || isStarted
            ? { status: 200, body: operation(UUID) }
            : { status: 404, body: problem("operation_unknown") };
    };
    services.fetch = async (url, options) => {
        await wait(options.method === "PUT" ? 9900 : 7900);
        return fetch(url, options);
    };
    const first = makeDriver();
    services.fetch = fetch;
    const storage = new MemoryStorage();
    const odoo = new FakeOdoo();
    const tab = (own) => {
        const ledger = new LedgerClient({ call: odoo.call, storage, sessionId: 5, clock });
        return new OperationRunner({ driver: own, ledger, clock });
    };
    tab(first).run(sale());
    await settled();
    const second = tab(driver);
    second.resume(sale());
    await clock.advance(17500);
    assert.equal(second.view.result, null, "the start is under way for 17.8 s");
    await clock.advance(2000);
    assert.equal(second.view.stage, "accepting");
});
