import assert from "node:assert/strict";
import { test } from "node:test";

import { testConnection } from "@pos_smartcash_connector/app/connection_test";
import { FakeGateway, problem } from "./support/gateway.mjs";
import { FakeClock } from "./support/time.mjs";

const HEALTH = {
    status: "ok",
    version: "1.0",
    device: "dev-1",
    device_state: "online",
    origin_allowed: true,
    paired: true,
    time: "2025-01-01T00:00:00Z",
};
const DEVICE = { device: "dev-1", state: "online", errors: [] };

const down = () => {
    throw new TypeError("Failed to fetch");
};
const permissions = (states) => ({
    async query({ name }) {
        if (!(name in states)) {
            throw new TypeError(`${name} is not a permission`);
        }
        return { state: states[name] };
    },
});

async function verdict({
    health = HEALTH,
    device = DEVICE,
    deviceStatus = 200,
    answer,
    ...params
} = {}) {
    const gateway = new FakeGateway();
    gateway.answer =
        answer ||
        (({ path }) =>
            path === "/v1/health"
                ? { status: 200, body: health }
                : { status: deviceStatus, body: device });
    const result = await testConnection({
        endpoint: "http://127.0.0.1:8787",
        deviceUid: "dev-1",
        token: "status-token",
        fetch: gateway.fetch,
        pageProtocol: "https:",
        clock: new FakeClock(),
        ...params,
    });
    assert.ok(result.title && result.text, "there are always words");
    assert.equal(Boolean(result.nextStep), !result.ok, "a next step exactly when one is needed");
    return { ...result, requests: gateway.requests };
}

test("all well says ready", async () => {
    const { ok, code, requests } = await verdict();
    assert.deepEqual([ok, code], [true, "ok"]);
    assert.equal(requests[0].token, null, "health needs no token");
    assert.equal(requests[1].token, "status-token");
});

test("a machine at work is well too", async () => {
    const { ok, code } = await verdict({ device: { ...DEVICE, state: "busy" } });
    assert.deepEqual([ok, code], [true, "machine_busy"]);
});

const cases = {
    "the gateway is down": [{ answer: down }, "gateway_down"],
    "the gateway is down, old browser": [
        { answer: down, permissions: permissions({}) },
        "gateway_down",
    ],
    "the gateway is down, browser willing": [
        { answer: down, permissions: permissions({ "loopback-network": "granted" }) },
        "gateway_down",
    ],
    "the browser blocks": [
        { answer: down, permissions: permissions({ "loopback-network": "denied" }) },
        "browser_blocked",
    ],
    "Chrome 142 blocks": [
        { answer: down, permissions: permissions({ "local-network-access": "denied" }) },
        "browser_blocked",
    ],
    "the browser would ask": [
        { answer: down, permissions: permissions({ "loopback-network": "prompt" }) },
        "browser_asks",
    ],
    "http page, nobody asks": [
        {
            answer: down,
            pageProtocol: "http:",
            permissions: permissions({ "loopback-network": "prompt" }),
        },
        "gateway_down",
    ],
    "plain http over the network from https": [
        { answer: down, endpoint: "http://192.168.1.20:8787" },
        "mixed_content",
    ],
    "no address": [{ endpoint: "127.0.0.1:8787" }, "bad_address"],
    "empty address": [{ endpoint: "" }, "bad_address"],
    "no address at all": [{ endpoint: false }, "bad_address"],
    "another protocol": [{ endpoint: "ftp://127.0.0.1" }, "bad_address"],
    "another program": [
        { answer: () => ({ status: 200, body: "<html>hello</html>" }) },
        "not_a_gateway",
    ],
    "another program with JSON": [{ health: { hello: "world" } }, "not_a_gateway"],
    "a wrong Host": [
        { answer: () => ({ status: 403, body: problem("host_refused") }) },
        "host_refused",
    ],
    "an origin off the list": [{ health: { ...HEALTH, origin_allowed: false } }, "origin_refused"],
    "no key yet": [{ health: { ...HEALTH, paired: false, device: null } }, "not_paired"],
    "no key, as a problem": [{ deviceStatus: 403, device: problem("not_paired") }, "not_paired"],
    "another device": [{ health: { ...HEALTH, device: "dev-2" } }, "wrong_device"],
    "no token": [{ token: null }, "no_token"],
    "a wrong key": [{ deviceStatus: 401, device: problem("token_invalid") }, "wrong_key"],
    "a wrong clock": [{ deviceStatus: 401, device: problem("token_expired") }, "clock_wrong"],
    "a foreign token": [
        { deviceStatus: 403, device: problem("token_wrong_device") },
        "wrong_device",
    ],
    "the machine is off": [{ device: { ...DEVICE, state: "offline" } }, "machine_off"],
    "the machine is off, as a problem": [
        { deviceStatus: 503, device: problem("device_offline") },
        "machine_off",
    ],
    "the machine starts": [{ device: { ...DEVICE, state: "unknown" } }, "machine_unknown"],
};

for (const [name, [params, expected]] of Object.entries(cases)) {
    test(`${name}: ${expected}`, async () => {
        const { ok, code } = await verdict(params);
        assert.deepEqual([ok, code], [false, expected]);
    });
}

test("a faulty machine's own words are in the verdict", async () => {
    const device = {
        state: "error",
        errors: [{ code: "1014", text: "Coin jam.", level: "error" }],
    };
    const { code, text } = await verdict({ device });
    assert.equal(code, "machine_error");
    assert.match(text, /Coin jam\./);
});

test("a gateway that never answers is down after a few seconds", async () => {
    const clock = new FakeClock();
    const pending = verdict({ answer: () => new Promise(() => {}), clock });
    await clock.advance(8000);
    assert.equal((await pending).code, "gateway_down");
});
