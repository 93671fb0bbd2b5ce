import assert from "node:assert/strict";
import { test } from "node:test";

import {
    DriverError,
    drivers,
    isNo,
    isOperationUnknown,
} from "@pos_smartcash_terminal/app/driver/driver";
import { LedgerClient } from "@pos_smartcash_terminal/app/ledger/ledger";
import { OperationRunner } from "@pos_smartcash_terminal/app/operation/runner";
import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import { ProgressHints } from "@pos_smartcash_terminal/app/driver/progress_hints";
import { ServerDriver } from "@pos_smartcash_terminal/app/driver/server_driver";
import { ConnectionLostError, rpcError } from "./support/odoo.mjs";
import { MemoryStorage } from "./support/storage.mjs";
import { UUID, sale } from "./support/till.mjs";
import { FakeClock, settled } from "./support/time.mjs";

/** The server engine: a draft until start, then what a test makes of it. */
class Server {
    constructor() {
        this.progress = makeProgress({ state: "draft", phase: "registered" });
        this.log = [];
        this.lose = null;
        /** What a start raises in Odoo after the device was asked. */
        this.exception = null;
        this.call = async (model, method, args) => {
            assert.equal(model, "smartcash.operation");
            this.log.push(method);
            if (this.lose === method) {
                throw new ConnectionLostError();
            }
            if (method === "start") {
                this.progress = makeProgress({ phase: "accepting", cancellable: true });
                if (this.exception) {
                    throw rpcError(this.exception, "boom");
                }
            }
            if (method === "cancel") {
                const isDraft = this.progress.state === "draft";
                this.progress = makeProgress({ state: isDraft ? "failed" : "cancelled" });
            }
            if (method === "report") {
                return { refused: { code: "not_yours", message: "The server watches it." } };
            }
            return { uuid: UUID, token: null, ...this.progress };
        };
    }
}

function till(server, bus) {
    const clock = new FakeClock();
    const ledger = new LedgerClient({
        call: server.call,
        storage: new MemoryStorage(),
        sessionId: 5,
        clock,
    });
    const driver = new ServerDriver({ device: {}, services: { call: server.call, clock, bus } });
    return { clock, ledger, driver, runner: new OperationRunner({ driver, ledger, clock }) };
}

test("the server's operation is started, polled, and not reported back to it", async () => {
    const server = new Server();
    const { clock, ledger, runner } = till(server);
    const outcome = runner.run(sale());
    await settled();
    assert.equal(runner.view.stage, "accepting");
    server.progress = makeProgress({ state: "done", amountIn: 2000, amountOut: 1010 });
    await clock.advance(1000);
    assert.equal((await outcome).lineAmount, 990);
    await clock.advance(60000);
    assert.ok(!server.log.includes("report"));
    assert.deepEqual(ledger.storedOperations(), []);
});

test("a start that the server never got ends as nothing and closes the draft", async () => {
    const server = new Server();
    server.lose = "start";
    const { clock, runner } = till(server);
    const outcome = runner.run(sale());
    await clock.advance(2000);
    assert.equal((await outcome).result, "nothing");
    await settled();
    assert.equal(server.log.filter((method) => method === "start").length, 1);
    assert.equal(server.progress.state, "failed");
    assert.ok(!server.log.includes("report"));
});

test("a server that cannot be asked whether it started keeps the outcome open", async (t) => {
    t.mock.method(console, "warn", () => {});
    const server = new Server();
    server.lose = "start";
    const { clock, runner } = till(server);
    const outcome = runner.run(sale());
    await settled();
    server.lose = "cancel";
    await clock.advance(5000);
    assert.equal(runner.view.result, null, "the start may arrive before the cancel");
    server.progress = makeProgress({ phase: "accepting", cancellable: true });
    await clock.advance(5000);
    assert.equal(runner.view.stage, "accepting");
    server.progress = makeProgress({ state: "done", amountIn: 990 });
    await clock.advance(5000);
    assert.equal((await outcome).result, "paid");
});

test("a cancel before the start withdraws the server's draft", async () => {
    const server = new Server();
    const { ledger, runner } = till(server);
    const outcome = runner.run(sale());
    await runner.cancel();
    assert.equal((await outcome).result, "nothing");
    await settled();
    assert.deepEqual(server.log, ["register", "cancel"]);
    assert.equal(server.progress.state, "failed");
    assert.deepEqual(ledger.storedOperations(), []);
});

test("without Odoo a server transport starts nothing", async () => {
    const server = new Server();
    server.lose = "register";
    const { ledger, runner } = till(server);
    assert.equal((await runner.run(sale())).refusal.code, "odoo_unreachable");
    assert.ok(!server.log.includes("start"));
    assert.equal(ledger.waiting, 0);
});

test("a hint from the bus shows the end at once, and is asked for, not believed", async () => {
    const server = new Server();
    const bus = new EventTarget();
    const { runner } = till(server, new ProgressHints(bus));
    runner.run(sale());
    await settled();
    const hint = (uuid) => {
        const detail = [{ type: "SMARTCASH_OPERATION", payload: { uuid, state: "done" } }];
        bus.dispatchEvent(new CustomEvent("notification", { detail }));
        return settled();
    };
    await hint(UUID);
    assert.equal(runner.view.stage, "accepting");
    server.progress = makeProgress({ state: "done", amountIn: 990 });
    await hint("another");
    assert.equal(runner.view.stage, "accepting");
    await hint(UUID);
    assert.equal(runner.view.result, "paid");
});

test("without a hint the polls find the end", async () => {
    const server = new Server();
    const { clock, runner } = till(server, new ProgressHints(new EventTarget()));
    const outcome = runner.run(sale());
    await settled();
    server.progress = makeProgress({ state: "done", amountIn: 990 });
    await clock.advance(1000);
    assert.equal((await outcome).result, "paid");
});

test("how often the server is asked is the server's to say", () => {
    const driver = new ServerDriver({ device: { pacing: { fast: 1000 } }, services: {} });
    assert.deepEqual(driver.pacing, { fast: 1000, idle: 1500, safety: 5000 });
});

test("a request is shown on the terminal again once for many presses", async () => {
    const server = new Server();
    const { runner } = till(server);
    runner.run(sale());
    await settled();
    const answers = await Promise.all([runner.resend(), runner.resend(), runner.resend()]);
    assert.deepEqual(answers, [true, true, true]);
    assert.equal(server.log.filter((method) => method === "resend").length, 1);
    assert.equal(server.log.filter((method) => method === "start").length, 1);
});

test("the server's words become the driver's errors", async () => {
    const answers = {
        busy: { refused: { code: "device_busy", message: "busy" } },
        unknown: { refused: { code: "unknown_operation", message: "?" } },
        nonsense: { state: "paid" },
    };
    const driver = (answer) =>
        new ServerDriver({ device: {}, services: { call: async () => answer } });
    const code = (expected) => (error) => error instanceof DriverError && error.code === expected;
    await assert.rejects(driver(answers.busy).poll(sale()), code("unavailable"));
    await assert.rejects(driver(answers.unknown).poll(sale()), isOperationUnknown);
    await assert.rejects(driver(answers.nonsense).poll(sale()), code("fault"));
    const failing = (error) =>
        new ServerDriver({ device: {}, services: { call: () => Promise.reject(error) } });
    await assert.rejects(failing(new ConnectionLostError()).start(sale()), code("unreachable"));
    await assert.rejects(
        failing(rpcError("odoo.exceptions.AccessError", "no")).start(sale()),
        code("fault")
    );
    await assert.rejects(
        failing(rpcError("builtins.RuntimeError", "boom")).start(sale()),
        code("fault")
    );
});

test("whatever breaks in Odoo during a start is no no: the machine may run, and is looked at", async (t) => {
    t.mock.method(console, "warn", () => {});
    for (const exception of [
        "builtins.KeyError",
        "builtins.RuntimeError",
        "odoo.exceptions.UserError",
        "odoo.exceptions.ValidationError",
        "odoo.exceptions.AccessError",
        "odoo.addons.other.models.thing.OtherError",
    ]) {
        const server = new Server();
        server.exception = exception;
        const { clock, runner } = till(server);
        const outcome = runner.run(sale());
        await clock.advance(1000);
        assert.ok(runner.busy, `${exception}: the outcome is open`);
        assert.equal(runner.view.stage, "accepting");
        server.progress = makeProgress({ state: "done", amountIn: 990 });
        await clock.advance(2000);
        assert.equal((await outcome).lineAmount, 990);
        assert.equal(server.log.filter((method) => method === "start").length, 1);
    }
});

test("only what Odoo marks as a refusal, and with a code that says so, is a no", async () => {
    const errorOf = async (answer) => {
        const driver = new ServerDriver({ device: {}, services: { call: async () => answer } });
        return driver.start(sale()).catch((error) => error);
    };
    const refused = (code) => errorOf({ refused: { code, message: "Because." } });
    for (const [code, expected] of [
        ["device_busy", "unavailable"],
        ["session_closed", "unavailable"],
        ["not_yours", "denied"],
        ["right_missing", "denied"],
        ["bad_values", "not_started"],
    ]) {
        const error = await refused(code);
        assert.equal(error.code, expected);
        assert.ok(isNo(error));
    }
    for (const code of ["unknown_operation", "device_unreachable", "backwards", "of_tomorrow"]) {
        assert.ok(!isNo(await refused(code)), code);
    }
    const progress = makeProgress({ phase: "starting" });
    const messages = [{ code: "device_fault", text: "It broke.", level: "warning" }];
    assert.equal((await errorOf({ ...progress, messages })).code, "fault");
});

test("a device that does not answer Odoo is lost for the cashier too, until it answers", async () => {
    const server = new Server();
    const { clock, runner } = till(server);
    const outcome = runner.run(sale());
    await settled();
    const fault = { code: "device_unreachable", text: "The machine is off.", level: "warning" };
    server.progress = makeProgress({ phase: "accepting", cancellable: true, messages: [fault] });
    await clock.advance(1000);
    assert.equal(runner.view.stage, "lost");
    await clock.advance(15000);
    assert.ok(runner.view.canStopWaiting);
    server.progress = makeProgress({ state: "done", amountIn: 990 });
    await clock.advance(10000);
    assert.equal((await outcome).result, "paid");
});

test("a cancel that the device did not get is sent again; one that it refused is said", async () => {
    const server = new Server();
    const { clock, runner } = till(server);
    const outcome = runner.run(sale());
    await settled();
    const call = server.call;
    const answerCancel = (code) => {
        server.call = async (model, method, args) => {
            if (method !== "cancel") {
                return call(model, method, args);
            }
            server.log.push(method);
            return { ...server.progress, messages: [{ code, text: "why", level: "warning" }] };
        };
        runner._driver.services.call = server.call;
    };
    answerCancel("device_refused");
    runner.cancel();
    await settled();
    assert.ok(runner.view.canCancel, "the cashier may try again");
    assert.ok(runner.view.messages.some(({ code }) => code === "cancel_refused"));
    answerCancel("device_unreachable");
    runner.cancel();
    await settled();
    assert.ok(!runner.view.canCancel);
    runner._driver.services.call = call;
    await clock.advance(2000);
    assert.equal((await outcome).result, "nothing");
    assert.equal(server.progress.state, "cancelled");
});

test("the registry names what is missing and takes each name once", () => {
    assert.throws(() => drivers.get("nosuch"), /nosuch/);
    drivers.add("test_driver", ServerDriver);
    assert.equal(drivers.get("test_driver"), ServerDriver);
    assert.throws(() => drivers.add("test_driver", ServerDriver), /already/);
});

// How the device is ---------------------------------------------------------------------------

function watched(answers) {
    const clock = new FakeClock();
    const asked = [];
    const call = async (model, method, args) => {
        asked.push([model, method, ...args.flat()]);
        const answer = answers[method];
        if (answer instanceof Error) {
            throw answer;
        }
        return answer;
    };
    const driver = new ServerDriver({ device: { id: 7 }, services: { call, clock } });
    const told = [];
    driver.watchHealth(({ state, messages }) => told.push([state, ...messages.map((m) => m.text)]));
    return { driver, clock, asked, told };
}

test("how the device is, Odoo is asked when somebody looks, and not again at once", async () => {
    const answers = { health: { state: "online", message: "Ready. 0.05: few left." } };
    const { driver, clock, asked, told } = watched(answers);
    assert.deepEqual([asked, told], [[], [["unknown"]]]);
    await Promise.all([driver.look(), driver.look()]);
    assert.deepEqual(asked, [["smartcash.device", "health", 7]]);
    assert.deepEqual(told.at(-1), ["online"]);
    await clock.advance(19000);
    await driver.look();
    assert.equal(asked.length, 1);
    answers.health = { state: "offline", message: "It does not answer." };
    await clock.advance(1000);
    await driver.look();
    assert.deepEqual(told.at(-1), ["offline", "It does not answer."]);
});

test("Odoo that does not answer says nothing about the device", async (t) => {
    t.mock.method(console, "warn", () => {});
    const answers = { health: { state: "online", message: "" } };
    const { driver, clock, told } = watched(answers);
    await driver.look();
    answers.health = new ConnectionLostError();
    await clock.advance(60000);
    await driver.look();
    assert.deepEqual(told, [["unknown"], ["online"]]);
});

test("what operations tell needs no look", async () => {
    const fault = { code: "device_unreachable", text: "It does not answer.", level: "warning" };
    const poll = makeProgress({ phase: "accepting" });
    const answers = { poll };
    const { driver, asked, told } = watched(answers);
    await driver.poll(sale());
    assert.deepEqual(told.at(-1), ["online"]);
    answers.poll = makeProgress({ phase: "accepting", messages: [fault] });
    await assert.rejects(driver.poll(sale()));
    assert.deepEqual(told.at(-1), ["offline", "It does not answer."]);
    // The ledger's word about what has ended is no word of the device.
    answers.poll = makeProgress({ state: "done", amountIn: 990 });
    await driver.poll(sale());
    assert.equal(told.at(-1)[0], "offline");
    await driver.look();
    assert.ok(!asked.some(([, method]) => method === "health"));
});

test("a slow device has the time that it needs", async (t) => {
    t.mock.method(console, "warn", () => {});
    const clock = new FakeClock();
    const never = () => new Promise(() => {});
    for (const [callTimeout, patience] of [
        [76000, 76000],
        [undefined, 15000],
        [1000, 15000],
    ]) {
        const driver = new ServerDriver({
            device: { callTimeout },
            services: { call: never, clock },
        });
        assert.equal(driver.startLasts, patience);
        let isOver = false;
        const ended = assert
            .rejects(driver.poll({ uuid: UUID }), DriverError)
            .then(() => (isOver = true));
        await clock.advance(patience - 1);
        assert.equal(isOver, false);
        await clock.advance(1);
        await ended;
    }
});
