import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PYTHON = process.env.SMARTCASH_PYTHON || join(ROOT, ".venv/tools/bin/python");
const SPEED = "20";
const PATIENCE = 20000;

export const PAIRING_KEY = "a pairing key of the integration test, long enough";
export const DEVICE_UID = "0b0f9a7e-7f0c-4d3e-9d0a-5f6a1c2b3d4e";

const base64url = (data) => Buffer.from(data).toString("base64url");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest("base64url");

/** A JWT as Odoo issues it. */
export function mintToken(claims, key = PAIRING_KEY) {
    const now = Math.floor(Date.now() / 1000);
    const body = {
        iss: "integration-test",
        aud: "smartcash-gateway",
        sub: 2,
        device: DEVICE_UID,
        iat: now,
        exp: now + 3600,
        jti: randomUUID(),
        ...claims,
    };
    const text = [{ alg: "HS256", typ: "JWT" }, body]
        .map((part) => base64url(JSON.stringify(part)))
        .join(".");
    return `${text}.${hmac(key, text)}`;
}

/** @returns {Object} the claims of a result that the gateway signed; throws when it did not */
export function readSignature(jwt) {
    const [header, body, signature] = jwt.split(".");
    if (hmac(PAIRING_KEY, `${header}.${body}`) !== signature) {
        throw new Error("not signed with the pairing key");
    }
    return JSON.parse(Buffer.from(body, "base64url"));
}

/** Resolves when `check` gives something true; fails with its name. */
export async function until(what, check) {
    for (const end = Date.now() + PATIENCE; Date.now() < end;) {
        const value = await check();
        if (value) {
            return value;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new Error(`never happened: ${what}`);
}

/** The real simulator and the real gateway, each a process of its own on free ports. */
export class Stack {
    async start() {
        if (!existsSync(PYTHON)) {
            throw new Error(
                `No Python with gateway and simulators at ${PYTHON}: run "make test" once, or name one in SMARTCASH_PYTHON.`
            );
        }
        this._folder = mkdtempSync(join(tmpdir(), "smartcash-js-"));
        const [connector, web] = await this._startSimulator();
        this._connector = connector;
        this.page = web;
        this.endpoint = `http://127.0.0.1:${await freePort()}`;
        await this.startGateway();
    }

    async stop() {
        for (const child of [this._gateway, this._simulator]) {
            await ended(child, "SIGTERM");
        }
        rmSync(this._folder, { recursive: true });
    }

    async startGateway() {
        this._gateway = spawn(PYTHON, ["-m", "smartcash_gateway", "run"], {
            cwd: this._folder,
            stdio: ["ignore", "inherit", "inherit"],
            env: {
                ...process.env,
                SMARTCASH_GATEWAY_LISTEN: this.endpoint.replace("http://", ""),
                SMARTCASH_GATEWAY_CONNECTOR: this._connector,
                SMARTCASH_GATEWAY_DEVICE: DEVICE_UID,
                SMARTCASH_GATEWAY_PAIRING_KEY: PAIRING_KEY,
                SMARTCASH_GATEWAY_JOURNAL: join(this._folder, "journal.db"),
                SMARTCASH_GATEWAY_LOG_LEVEL: "ERROR",
            },
        });
        await until("the gateway sees the machine", async () => {
            try {
                const response = await fetch(`${this.endpoint}/v1/health`);
                return (await response.json()).device_state === "online";
            } catch {
                return false;
            }
        });
    }

    /** As a power cut does it. */
    async killGateway() {
        await ended(this._gateway, "SIGKILL");
    }

    insert(value, count = 1) {
        return this._post("insert", { value, count });
    }

    faults(faults) {
        return this._post("faults", faults);
    }

    power(on) {
        return this._post("power", { on, keep_memory: true });
    }

    reset() {
        return this._post("reset", {});
    }

    async state() {
        return (await fetch(`${this.page}/api/state`)).json();
    }

    async _post(path, body) {
        const response = await fetch(`${this.page}/api/${path}`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(body),
        });
        if (!response.ok) {
            throw new Error(`${path}: ${response.status} ${await response.text()}`);
        }
        return response.json();
    }

    async _startSimulator() {
        const ports = ["--port", "0", "--web-port", "0", "--speed", SPEED];
        this._simulator = spawn(PYTHON, ["-m", "smartcash_simulators.cashlogy", ...ports], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        let output = "";
        this._simulator.stdout.on("data", (data) => (output += data));
        const ready = await until("the simulator is ready", () =>
            /READY connector=(\S+) web=(\S+)/.exec(output)
        );
        return ready.slice(1);
    }
}

function ended(child, signal) {
    if (!child || child.exitCode !== null || child.signalCode !== null) {
        return null;
    }
    return new Promise((resolve) => {
        child.once("exit", resolve);
        child.kill(signal);
    });
}

function freePort() {
    return new Promise((resolve) => {
        const server = createServer().listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}
