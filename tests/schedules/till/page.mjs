import { LedgerClient } from "@pos_smartcash_terminal/app/ledger/ledger";
import { openOperations } from "@pos_smartcash_terminal/app/operation/open_operations";
import { OperationRegistry } from "@pos_smartcash_terminal/app/operation/registry";
import { isEnded } from "@pos_smartcash_terminal/app/common/progress";
import { isByHand } from "@pos_smartcash_terminal/app/common/uuid";
import { _t } from "../../js/support/translation.mjs";
import { WebSocket } from "../../js/support/websocket.mjs";
import { ConnectionLostError } from "./odoo.mjs";

/** How many times faster than a wall clock the pages live. */
const PACE = 5;
/** Which of a dialog's buttons the view has to offer. */
const BUTTONS = { cancel: "canCancel", accept: "canAccept", stopWaiting: "canStopWaiting" };
const LINE = "order_line:";
const ANSWERED_BEFORE_READING = [401, 403];

/**
 * One tab with the POS in it: registry of operations, ledger client and drivers as they are
 * shipped, and as much of the rest as remembers payment lines. It can die at any moment: from then on nothing in it
 * runs, writes or hears any more, whatever it had under way.
 */
export class Page {
    constructor(browser, uid) {
        this.browser = browser;
        this.uid = uid;
        this.world = browser.world;
        this.device = this.world.deviceOf(uid);
        this.dead = false;
        this._sockets = new Set();
        this._clock = this._makeClock();
        this._storage = this._makeStorage();
        const { shop, odoo, rpc } = this.world;
        const call = (model, method, args) =>
            rpc.send(
                this,
                () => odoo.call(uid, model, method, args),
                () => new ConnectionLostError(),
                method
            );
        this.ledger = new LedgerClient({
            call,
            storage: this._storage,
            sessionId: shop.session_id,
            database: "schedules",
            clock: this._clock,
            locks: browser.locks.of(this),
        });
        this.operations = new OperationRegistry({
            ledger: this.ledger,
            devices: () => [this.device],
            servicesFor: (device) => ({
                call,
                sessionId: shop.session_id,
                Request,
                _t,
                fetch: (url, options) => this._fetch(url, options),
                WebSocket: this._socketClass(),
                issueToken: (scope) => this.ledger.issueToken(scope, device.id),
                storage: this._storage,
                clock: this._clock,
            }),
            clock: this._clock,
        });
        /** Operations that run in this page: uuid → runner. */
        this.runners = this.operations.runners;
        this.driver = this.operations.driverFor(this.device);
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

    pay(wish) {
        const op = { ...wish, device: this.device, sessionId: this.ledger.sessionId };
        this._saveLine({ op, status: "waiting", amount: 0, refusal: null });
        this._follow(op, { resume: false });
    }

    /** After a reload. */
    resume() {
        this.ledger.flush();
        this.lookAgain();
    }

    /** What the browser remembers, what is left as a question, and the lines that wait. */
    lookAgain() {
        const rows = [...this.ledger.storedOperations(), ...this.ledger.unknownOperations()];
        const operations = new Map(rows.map(({ op }) => [op.uuid, op]));
        for (const { op, status } of this.lines()) {
            if (status === "waiting") {
                operations.set(op.uuid, op);
            }
        }
        for (const op of operations.values()) {
            this.look(op);
        }
    }

    /** Looks again how an operation stands; at another machine, this till can only show it. */
    look(op) {
        this._follow(op, { resume: true });
    }

    /** “Check” on everything that the machine's panel shows, whoever began it. */
    async checkPanel() {
        const rows = await this.ledger.pending().catch(() => []);
        if (this.dead || !Array.isArray(rows)) {
            return;
        }
        const done = this.lines().filter(({ status }) => status === "done");
        const open = openOperations({
            rows,
            stored: this.ledger.storedOperations(),
            problems: this.ledger.problems(),
            handedOver: this.ledger.handedOver,
            running: new Set(this.runners.keys()),
            settled: new Set(done.map(({ op }) => op.uuid)),
            isInReach: (op) => this.operations.isInReach(op),
            now: this._clock.now(),
        });
        for (const { op, canCheck, isElsewhere } of open) {
            if (isElsewhere) {
                this.world.seen.add("elsewhere");
            } else if (canCheck && !isByHand(op.uuid)) {
                this.look(op);
            }
        }
    }

    /** Presses a button of every dialog that has it; returns the uuids. */
    press(button) {
        const pressed = [];
        for (const [uuid, runner] of this.runners) {
            if (button === "again") {
                const line = this.lines().find(({ op }) => op.uuid === uuid);
                if (line) {
                    runner.run(line.op);
                    pressed.push(uuid);
                }
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

    _follow(op, { resume }) {
        const sink = {
            settle: (known, outcome) => this._alive(() => this._settle(known, outcome)),
            outOfReach: () => void this.world.seen.add("elsewhere"),
        };
        this.operations.run(op, sink, {
            resume,
            usualDevice: this.device,
            onView: ({ stage }) => this.world.seen.add(stage),
        });
    }

    _settle(op, { result, lineAmount, owed: leftOwed, progress, refusal }) {
        this.world.seen.add(result);
        const line = this.lines().find((each) => each.op.uuid === op.uuid);
        // Without a line it is another till's, and here it was only looked at.
        if (line) {
            const status = result === "unknown" ? "waiting" : lineAmount ? "done" : "retry";
            const owed = isEnded(progress) ? progress.undispensed : 0;
            this._saveLine({ ...line, status, result, amount: lineAmount, owed, refusal });
        }
        if (result !== "unknown" && !leftOwed) {
            this.ledger.forgetOperation(op.uuid);
        }
    }

    lines() {
        const { storage } = this.browser;
        return Array.from({ length: storage.length }, (_, index) => storage.key(index))
            .filter((key) => key.startsWith(LINE))
            .map((key) => JSON.parse(storage.getItem(key)));
    }

    /** The order is there no more, or without this line; what the machine does goes on. */
    loseLine(line) {
        this._saveLine({ ...line, gone: true });
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
            const { ok, status, type, headers } = response;
            return { ok, status, type, headers, text: async () => text };
        };
        const lose = () => new TypeError("Failed to fetch");
        const aborted = new Promise((resolve, reject) => {
            options.signal.addEventListener("abort", () => reject(lose()));
        });
        aborted.catch(() => {});
        const sent = this.world.gateway.send(this, send, lose, `${options.method || "GET"} ${url}`);
        return Promise.race([sent, aborted]);
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
