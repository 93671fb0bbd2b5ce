import { GatewayDriver } from "@pos_smartcash_connector/app/gateway_driver";
import { LedgerClient } from "@pos_smartcash_terminal/app/ledger";
import { settledByLedger } from "@pos_smartcash_terminal/app/ledger_outcome";
import { OperationRunner } from "@pos_smartcash_terminal/app/operation_runner";
import { isEnded } from "@pos_smartcash_terminal/app/progress";
import { WebSocket } from "../../js/support/websocket.mjs";
import { ConnectionLostError } from "./odoo.mjs";

/** How many times faster than a wall clock the pages live. */
const PACE = 5;
/** Which of a dialog's buttons the view has to offer. */
const BUTTONS = { cancel: "canCancel", accept: "canAccept", stopWaiting: "canStopWaiting" };
const LINE = "order_line:";
const ANSWERED_BEFORE_READING = [401, 403];

/**
 * One tab with the POS in it: runner, ledger client and gateway driver as they are shipped, and as
 * much of the rest as remembers payment lines. It can die at any moment: from then on nothing in it
 * runs, writes or hears any more, whatever it had under way.
 */
export class Page {
    constructor(browser) {
        this.browser = browser;
        this.world = browser.world;
        this.dead = false;
        /** Operations that run in this page: uuid → runner. */
        this.runners = new Map();
        this._sockets = new Set();
        this._clock = this._makeClock();
        this._storage = this._makeStorage();
        const { shop, odoo, rpc } = this.world;
        this.ledger = new LedgerClient({
            call: (model, method, args) =>
                rpc.send(
                    this,
                    () => odoo.call(browser.uid, model, method, args),
                    () => new ConnectionLostError()
                ),
            storage: this._storage,
            sessionId: shop.session_id,
            database: "schedules",
            clock: this._clock,
            locks: browser.locks.of(this),
        });
        this.driver = new GatewayDriver({
            device: { id: shop.device_id, uid: shop.device, endpoint: this.world.endpoint },
            services: {
                fetch: (url, options) => this._fetch(url, options),
                WebSocket: this._socketClass(),
                issueToken: (scope) => this.ledger.issueToken(scope, shop.device_id),
                storage: this._storage,
                clock: this._clock,
            },
        });
        this.driver.prepare();
    }

    die() {
        this.dead = true;
        this.dropSockets();
    }

    dropSockets() {
        for (const socket of this._sockets) {
            socket.drop();
        }
    }

    // What the cashier does --------------------------------------------------------------

    pay(op) {
        this._saveLine({ op, status: "waiting", amount: 0, refusal: null });
        this._follow(op, (runner) => runner.run(op));
    }

    /** After a reload: what the browser remembers, and the lines that wait. */
    resume() {
        this.ledger.flush();
        const operations = new Map(this.ledger.storedOperations().map(({ op }) => [op.uuid, op]));
        for (const { op, status } of this.lines()) {
            if (status === "waiting") {
                operations.set(op.uuid, op);
            }
        }
        for (const op of operations.values()) {
            this.look(op);
        }
    }

    /** Looks again how an operation stands. */
    look(op) {
        if (!this.runners.has(op.uuid)) {
            this._follow(op, (runner) => runner.resume(op), true);
        }
    }

    /** Presses a button of every dialog that has it; returns the uuids. */
    press(button) {
        const pressed = [];
        for (const [uuid, runner] of this.runners) {
            if (button === "again") {
                const { op } = this.lines().find((line) => line.op.uuid === uuid);
                runner.run(op);
                pressed.push(uuid);
            } else if (button === "handedOver") {
                const { byHand } = runner.view;
                if (runner.handedOver()) {
                    this.world.handOver(uuid, byHand.amount);
                    pressed.push(uuid);
                }
            } else if (runner.view[BUTTONS[button]]) {
                runner[button]();
                pressed.push(uuid);
            }
        }
        return pressed;
    }

    // What the POS does ------------------------------------------------------------------

    _follow(op, steps, resumed = false) {
        const runner = new OperationRunner({
            driver: this.driver,
            ledger: this.ledger,
            clock: this._clock,
            onChange: (view) => this.world.seen.add(view.stage),
        });
        this.runners.set(op.uuid, runner);
        steps(runner).then(async (outcome) => {
            const settled = resumed ? await this._askLedger(op, outcome) : outcome;
            if (!this.dead) {
                this.runners.delete(op.uuid);
                this._settle(op, settled);
            }
        });
    }

    /** The machine does not know how it ended; a manager may have settled it in Odoo meanwhile. */
    async _askLedger(op, outcome) {
        if (outcome.result !== "unknown") {
            return outcome;
        }
        try {
            const answer = await this.ledger.report(op.uuid, outcome.progress);
            return settledByLedger(op, outcome, answer);
        } catch {
            return outcome;
        }
    }

    _settle(op, { result, lineAmount, progress, refusal }) {
        const status = result === "unknown" ? "waiting" : lineAmount ? "done" : "retry";
        const owed = isEnded(progress) ? progress.undispensed : 0;
        this._saveLine({ op, status, result, amount: lineAmount, owed, refusal });
        this.world.seen.add(result);
        if (result !== "unknown") {
            this.ledger.forgetOperation(op.uuid);
        }
    }

    lines() {
        const { storage } = this.browser;
        return Array.from({ length: storage.length }, (_, index) => storage.key(index))
            .filter((key) => key.startsWith(LINE))
            .map((key) => JSON.parse(storage.getItem(key)));
    }

    _saveLine(line) {
        this._storage.setItem(LINE + line.op.uuid, JSON.stringify(line));
    }

    // What a page may use of the world, for as long as it lives --------------------------

    _alive(callback) {
        return this.dead ? undefined : callback();
    }

    _makeClock() {
        const born = Date.now();
        return {
            now: () => born + (Date.now() - born) * PACE,
            setTimeout: (callback, ms) => setTimeout(() => this._alive(callback), ms / PACE),
            clearTimeout,
        };
    }

    _makeStorage() {
        const { storage } = this.browser;
        return {
            get length() {
                return storage.length;
            },
            key: (index) => storage.key(index),
            getItem: (key) => storage.getItem(key),
            setItem: (key, value) => this._alive(() => storage.setItem(key, value)),
            removeItem: (key) => this._alive(() => storage.removeItem(key)),
        };
    }

    async _fetch(url, options) {
        // A page that goes away does not take back what it sent.
        const signal = options.method === "GET" ? options.signal : undefined;
        const started = options.method === "PUT" ? new URL(url).pathname.split("/").pop() : null;
        const send = async () => {
            this.world.started(started, 1);
            const response = await fetch(url, { ...options, signal });
            const text = await response.text();
            if (ANSWERED_BEFORE_READING.includes(response.status)) {
                this.world.started(started, -1);
            }
            return { ok: response.ok, status: response.status, text: async () => text };
        };
        const lose = () => new TypeError("Failed to fetch");
        const aborted = new Promise((resolve, reject) => {
            options.signal.addEventListener("abort", () => reject(lose()));
        });
        aborted.catch(() => {});
        return Promise.race([this.world.gateway.send(this, send, lose), aborted]);
    }

    /** A class of its own per page: the driver shares sockets per class. */
    _socketClass() {
        const page = this;
        return class extends WebSocket {
            constructor(url) {
                if (page.world.gateway.down) {
                    throw new Error("the network is down");
                }
                super(url);
                page._sockets.add(this);
            }

            drop() {
                page._sockets.delete(this);
                if (page.dead) {
                    this.onopen = this.onmessage = this.onclose = null;
                }
                this._end(1006);
            }
        };
    }
}
