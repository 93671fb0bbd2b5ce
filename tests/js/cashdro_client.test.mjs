import assert from "node:assert/strict";
import { test } from "node:test";

import { CashdroClient } from "@pos_cashdro/app/cashdro_client";
import { testConnection } from "@pos_cashdro/app/cashdro_connection_test";
import { DriverError } from "@pos_smartcash_terminal/app/driver/driver";
import { CashdroTill, FakeCashdro, text } from "./support/cashdro.mjs";
import { UUID, refund, sale } from "./support/till.mjs";
import { FakeClock } from "./support/time.mjs";
import { _t } from "./support/translation.mjs";

const SECRETS = ["s3 cr&t", "s3%20cr%26t", "s3+cr"];

function setUp({ endpoint = "https://192.168.1.50/", ...changes } = {}) {
    const machine = new FakeCashdro();
    const clock = new FakeClock();
    const client = new CashdroClient({
        endpoint,
        name: "The CashDro",
        access: { user: "pos", password: "s3 cr&t", terminal: "odoo-1" },
        fetch: machine.fetch,
        clock,
        pageUrl: "https://odoo.example/pos/ui",
        _t,
        ...changes,
    });
    return { machine, clock, client };
}

const fault =
    (code, detailCode, pattern = /./) =>
    (error) => {
        assert.ok(error instanceof DriverError, String(error.stack));
        assert.deepEqual([error.code, error.detail.code], [code, detailCode]);
        assert.match(error.message, pattern);
        const said = `${error.message} ${JSON.stringify(error.detail)}`;
        assert.ok(!SECRETS.some((secret) => said.includes(secret)), said);
        return true;
    };

const start = (client, changes) =>
    client.start({
        type: 4,
        amount: 1825,
        kind: "sale",
        terminal: "odoo-1",
        cashier: "Zoë & Co",
        alias: UUID,
        ...changes,
    });

// Entry points --------------------------------------------------------------------------------

test("what index3.php cannot do, index.php does, with data in a string", async () => {
    const { machine, client } = setUp();
    machine.entryPoints = ["index.php"];
    const id = await start(client);
    await client.acknowledge(id);
    const status = await client.ask(id);
    assert.deepEqual([status.state, status.total, status.alias], ["E", 1825, UUID]);
    assert.equal(await client.executing(), id);
    assert.deepEqual(
        machine.requests.map(({ entryPoint, call }) => `${entryPoint} ${call}`).slice(0, 3),
        ["index3.php doTest", "index.php doTest", "index.php startOperation"]
    );
});

test("a start is sent to one entry point only, whatever comes back", async () => {
    for (const trouble of ["lostRequests", "lostAnswers"]) {
        const { machine, client } = setUp();
        machine[trouble] = ["startOperation"];
        await assert.rejects(start(client), fault("unreachable", "silent"));
        assert.equal(machine.calls("startOperation").length, 1);
    }
});

test("the query is encoded, names are cut to what the machine takes", async () => {
    const { machine, client } = setUp();
    await start(client, { cashier: "x".repeat(60) });
    const { url, params } = machine.calls("startOperation")[0];
    assert.ok(
        url.startsWith("https://192.168.1.50/Cashdro3WS/index3.php?operation=startOperation&")
    );
    assert.ok(url.includes("password=s3%20cr%26t"));
    assert.equal(params.posuser.length, 50);
});

// Refusals --------------------------------------------------------------------------------------

test("each documented code is a definite answer in plain words", async () => {
    const cases = [
        ["startOperation", -1, "denied", "wrong_user", /does not accept its user or password/],
        ["startOperation", -2, "unavailable", "device_busy", /busy. Nothing was charged. Wait/],
        ["startOperation", -3, "not_started", "bad_amount", /amount. Nothing was charged/],
        ["startOperation", -4, "denied", "not_permitted", /may not do this/],
        ["startOperation", -99, "not_started", "bad_parameters", /Ask a manager/],
        ["startOperation", -998, "unavailable", "out_of_service", /diagnosis screen/],
        ["startOperation", -999, "unavailable", "service_stopped", /Restart the machine/],
        ["startOperation", -1900, "unavailable", "loading", /Wait a minute/],
    ];
    for (const [call, code, family, detail, words] of cases) {
        const { machine, client } = setUp();
        machine.codes = { [call]: code };
        await assert.rejects(start(client), fault(family, detail, words), String(code));
    }
});

test("a payout that was refused says that no money moved", async () => {
    const till = new CashdroTill();
    till.machine.codes = { startOperation: -998 };
    const { refusal } = await till.runner.run(refund());
    assert.match(refusal.message, /out of service. No money moved. Look at/);
});

test("-1 about an operation is about the password when the test says so", async () => {
    const { machine, client } = setUp();
    machine.codes = { askOperation: -1, doTest: -1 };
    await assert.rejects(client.ask("9"), fault("denied", "wrong_user"));
});

// Bad answers -------------------------------------------------------------------------------------

test("what is no answer of a CashDro is told apart, and starts nothing", async () => {
    const page = "<!doctype html><title>Router</title>";
    const cases = [
        [() => text(page), "not_json", /cannot be read/],
        [() => text(""), "not_json", /cannot be read/],
        [() => text(page, 500), "not_json", /cannot be read/],
        [() => text(page, 404), "no_service", /no CashDro web service/],
        [() => text("", 302), "redirect", /leads elsewhere/],
        [() => ({ type: "opaqueredirect", status: 0 }), "redirect", /leads elsewhere/],
        [() => text("{}", 200, { "Content-Length": "10000000" }), "too_large", /without end/],
        [() => text(`"${"x".repeat(5000000)}"`), "too_large", /without end/],
    ];
    for (const [answer, code, words] of cases) {
        const till = new CashdroTill();
        till.machine.garble = answer;
        const { result, refusal } = await till.runner.run(sale());
        assert.deepEqual([result, refusal.code], ["nothing", code]);
        assert.match(refusal.message, words);
        assert.equal(till.machine.calls("startOperation").length, 0);
    }
});

test("a start answered with nonsense is looked for, not repeated", async (t) => {
    t.mock.method(console, "warn", () => {});
    const till = new CashdroTill();
    till.machine.garble = (call) => (call === "startOperation" ? text("<html>") : null);
    const outcome = till.runner.run(sale());
    await till.clock.advance(15000);
    assert.equal((await outcome).result, "nothing");
    assert.equal(till.machine.calls("startOperation").length, 1);
    assert.equal(till.machine.operation.state, "I");
});

test("an answer that never ends is given up", async () => {
    const { machine, client, clock } = setUp();
    await client.test();
    machine.silent = ["askOperationExecuting"];
    const rejected = assert.rejects(client.executing(), fault("unreachable", "silent"));
    await clock.advance(5000);
    await rejected;
    assert.equal(clock.waiting, 0);
});

// Reach ---------------------------------------------------------------------------------------------

class WithTarget {
    get targetAddressSpace() {
        return "local";
    }
}
const permissions = (state) => ({
    query: async ({ name }) => {
        if (!state || name !== "local-network") {
            throw new TypeError(name);
        }
        return { state };
    },
});

test("a browser hides why there is no answer; what it would have allowed tells", async () => {
    const https = "https://192.168.1.50";
    const http = "http://192.168.1.50";
    const cases = [
        // endpoint, page, permission, Request, code, words
        [
            https,
            "https:",
            null,
            undefined,
            "certificate",
            /Open https:\/\/192.168.1.50 in a new tab/,
        ],
        [https, "http:", null, undefined, "certificate", /accept it there/],
        [https, "https:", "granted", WithTarget, "certificate", /certificate/],
        [https, "https:", "denied", WithTarget, "browser_blocked", /allow local network access/],
        [https, "https:", "prompt", WithTarget, "browser_asks", /Press Allow/],
        [http, "https:", null, undefined, "mixed_content", /over https and The CashDro over http/],
        [http, "https:", "granted", WithTarget, "silent", /switched on and connected/],
        [http, "https:", "denied", WithTarget, "browser_blocked", /told not to/],
        [http, "http:", "denied", undefined, "page_not_secure", /begins with https/],
        [http, "http:", null, undefined, "silent", /does not answer/],
        // A page from the same network needs no permission.
        [http, "http://192.168.1.2:8069/", "denied", undefined, "silent", /does not answer/],
        [https, "https://127.0.0.1/", "prompt", WithTarget, "certificate", /certificate/],
        ["http://cashdro.example", "https:", "granted", WithTarget, "mixed_content", /IP address/],
    ];
    for (const [endpoint, page, state, Request, code, words] of cases) {
        const { machine, client } = setUp({
            endpoint,
            pageUrl: page.includes("//") ? page : `${page}//odoo.example/pos/ui`,
            permissions: permissions(state),
            Request,
        });
        machine.isDown = true;
        await assert.rejects(
            client.test(),
            fault("unreachable", code, words),
            `${endpoint} ${state}`
        );
    }
});

test("a machine that has answered this page has no certificate trouble", async () => {
    const { machine, client } = setUp();
    await client.test();
    machine.isDown = true;
    await assert.rejects(
        client.test(),
        fault("unreachable", "silent", /Check that it is switched on/)
    );
});

test("silence is no certificate trouble, and is not waited for twice", async () => {
    const { machine, client, clock } = setUp();
    machine.silent = ["doTest"];
    const rejected = assert.rejects(client.test(), fault("unreachable", "silent"));
    await clock.advance(5000);
    await rejected;
    assert.equal(machine.requests.length, 1);
});

test("what keeps the browser from the machine is said before anything is started", async () => {
    const till = new CashdroTill({ location: { href: "https://odoo.example/pos/ui" } });
    till.machine.isDown = true;
    const { result, refusal } = await till.runner.run(sale());
    assert.deepEqual([result, refusal.code], ["nothing", "certificate"]);
    assert.match(refusal.message, /does not answer this browser. Nothing was charged. Open https:/);
    assert.equal(till.machine.calls("startOperation").length, 0);
});

test("Chrome is told that the machine is in the shop's network", async () => {
    const { machine, client } = setUp({ endpoint: "http://192.168.1.50", Request: WithTarget });
    await client.test();
    assert.equal(machine.requests[0].options.targetAddressSpace, "local");
});

test("a manager's test says what a till here would meet", async () => {
    const verdict = async (change) => {
        const machine = new FakeCashdro();
        change(machine);
        const found = await testConnection({
            endpoint: "https://192.168.1.50",
            name: "The CashDro",
            currency: "EUR",
            access: { user: "pos", password: "s3 cr&t" },
            fetch: machine.fetch,
            pageUrl: "https://odoo.example/pos/ui",
            _t,
        });
        assert.equal(
            Boolean(found.inventory),
            found.code === "ok",
            "what is inside, when it is idle"
        );
        return [found.ok, found.code, found.state];
    };
    assert.deepEqual(await verdict(() => {}), [true, "ok", "online"]);
    const busy = (machine) => machine.add({ state: "E" });
    assert.deepEqual(await verdict(busy), [true, "machine_busy", "busy"]);
    const down = (machine) => (machine.isDown = true);
    assert.deepEqual(await verdict(down), [false, "certificate", "offline"]);
    const stranger = (machine) => (machine.codes = { doTest: -1 });
    assert.deepEqual(await verdict(stranger), [false, "wrong_user", "error"]);
});
