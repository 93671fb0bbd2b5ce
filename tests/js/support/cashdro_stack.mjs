import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { until } from "./stack.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const PYTHON = process.env.SMARTCASH_PYTHON || join(ROOT, ".venv/tools/bin/python");

export const ACCESS = { user: "pos", password: "p+s w&rd/ü", terminal: "odoo-1" };

/** The real simulator of a CashDro, a process of its own on free ports. */
export class CashdroStack {
    async start() {
        if (!existsSync(PYTHON)) {
            throw new Error(
                `No Python with the simulators at ${PYTHON}: run "make test" once, or name one in SMARTCASH_PYTHON.`
            );
        }
        const ports = ["--port", "0", "--http-port", "0", "--web-port", "0", "--speed", "20"];
        const set = ["--float", "homologation", "--user", `${ACCESS.user}:${ACCESS.password}`];
        this._simulator = spawn(PYTHON, ["-m", "smartcash_simulators.cashdro", ...ports, ...set], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        let output = "";
        this._simulator.stdout.on("data", (data) => (output += data));
        const ready = await until("the simulator is ready", () =>
            /READY cashdro=(\S+) http=(\S+) web=(\S+)/.exec(output)
        );
        [this.secureEndpoint, this.endpoint, this.page] = ready.slice(1);
    }

    async stop() {
        await new Promise((resolve) => {
            this._simulator.once("exit", resolve);
            this._simulator.kill("SIGTERM");
        });
    }

    reset() {
        return this._post("reset", { float: "homologation" });
    }

    insert(value, count = 1) {
        return this._post("insert", { value, count });
    }

    press(button) {
        return this._post("screen", { press: button });
    }

    /** Somebody begins an operation with the machine's own buttons. */
    operateByHand(type) {
        return this._post("operations", { type });
    }

    faults(faults) {
        return this._post("faults", faults);
    }

    settings(settings) {
        return this._post("settings", settings);
    }

    power(on, keepMemory = true) {
        return this._post("power", { on, keep_memory: keepMemory });
    }

    async state() {
        return (await fetch(`${this.page}/api/state`)).json();
    }

    /** @returns {Promise<Object[]>} what the machine remembers, oldest first */
    async operations() {
        return (await fetch(`${this.page}/api/operations`)).json();
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
}
