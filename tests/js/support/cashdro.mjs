import { CashdroLanDriver } from "@pos_cashdro/app/cashdro_lan_driver";
import { LedgerClient } from "@pos_smartcash_terminal/app/ledger/ledger";
import { OperationRunner } from "@pos_smartcash_terminal/app/operation/runner";
import { FakeOdoo } from "./odoo.mjs";
import { MemoryStorage } from "./storage.mjs";
import { FakeClock } from "./time.mjs";
import { _t } from "./translation.mjs";

const text = (body, status = 200, headers = {}) => ({
    status,
    type: "cors",
    headers: new Map(Object.entries(headers)),
    text: async () => body,
});

/** The web service as a page's `fetch` sees it; one test at a time says what goes wrong. */
export class FakeCashdro {
    constructor() {
        this.operations = new Map();
        /** What it holds, as `getPiecesCurrency` tells it. */
        this.pieces = [];
        this.requests = [];
        this.entryPoints = ["index3.php", "index.php"];
        /** operation of the service → code that it answers */
        this.codes = {};
        /** Names of calls whose next request, or answer, gets lost. */
        this.lostRequests = [];
        this.lostAnswers = [];
        /** Names of calls that are not answered before the page gives up. */
        this.silent = [];
        /** (call, body) → the answer's text, in place of the real one */
        this.garble = null;
        this.isDown = false;
        this.tellsAlias = true;
        this.fetch = (url, options) => this._fetch(url, options);
    }

    calls(name) {
        return this.requests.filter(({ call }) => call === name);
    }

    /** @returns {Object} the newest operation */
    get operation() {
        return [...this.operations.values()].at(-1);
    }

    add(changes) {
        const id = String(this.operations.size + 1);
        const operation = {
            id,
            state: "I",
            type: 4,
            total: 0,
            in: 0,
            out: 0,
            posid: "odoo-1",
            posuser: "",
            aliasid: "",
            isImported: false,
            ...changes,
        };
        this.operations.set(id, operation);
        return operation;
    }

    insert(amount) {
        this.operation.in += amount;
    }

    finish(changes = {}) {
        Object.assign(this.operation, { state: "F", ...changes });
    }

    async _fetch(url, options) {
        const { pathname, searchParams } = new URL(url);
        const params = Object.fromEntries(searchParams);
        const call = params.operation;
        const entryPoint = pathname.split("/").at(-1);
        this.requests.push({ url, options, params, call, entryPoint });
        if (this.silent.includes(call)) {
            await new Promise((resolve, reject) =>
                options.signal.addEventListener("abort", () => reject(new Error("aborted")))
            );
        }
        // As a browser has it: what may not be read across origins is a failure without reason.
        if (
            this.isDown ||
            !this.entryPoints.includes(entryPoint) ||
            take(this.lostRequests, call)
        ) {
            throw new TypeError("Failed to fetch");
        }
        const [code, body] = this._answer(call, params);
        if (take(this.lostAnswers, call)) {
            throw new TypeError("Failed to fetch");
        }
        const wire =
            entryPoint === "index3.php"
                ? { code, response: { errorMessage: "none", operation: body } }
                : { code, data: inOldWords(body) };
        return this.garble?.(call, wire) || text(JSON.stringify(wire));
    }

    _answer(call, params) {
        const operation = this.operations.get(params.operationId);
        if (this.codes[call]) {
            return [this.codes[call], undefined];
        }
        switch (call) {
            case "startOperation": {
                const { type, posid, posuser, aliasid, parameters } = params;
                const total = Number(JSON.parse(parameters).amount || 0);
                const { id } = this.add({ type: Number(type), total, posid, posuser, aliasid });
                return [1, { operationId: id }];
            }
            case "acknowledgeOperationId":
                if (operation?.state === "I") {
                    operation.state = "E";
                }
                return [operation ? 1 : -2];
            case "askOperation":
                return operation ? [1, this._status(operation)] : [-2];
            case "finishOperation":
                if (operation?.state !== "E") {
                    return [-2];
                }
                operation.ending = Number(params.type);
                operation.chosen = params.params && JSON.parse(params.params);
                return [1];
            case "setOperationImported":
                operation.isImported = true;
                return [1];
            case "askOperationExecuting":
                return [1, { OperationId: this._running()?.id || "-1" }];
            case "askPendingOperations":
                return [1, { pendingOperations: this._pending(params) }];
            case "askMovements":
                return [1, { movements: this._movements() }];
            case "getPiecesCurrency":
                return [1, { pieces: this.pieces }];
            default:
                return [1];
        }
    }

    _running() {
        return [...this.operations.values()].find(
            ({ state, hasStopped }) => "QE".includes(state) && !hasStopped
        );
    }

    /** What was done at the machine itself has no posid. */
    _pending({ terminal, importManualOperations }) {
        const asked = importManualOperations === "true" ? [terminal, ""] : [terminal];
        return [...this.operations.values()]
            .filter(({ state, isImported }) => state === "F" && !isImported)
            .filter(({ posid }) => asked.includes(posid))
            .map(({ id }) => ({ OperationId: id }));
    }

    _movements() {
        return [...this.operations.values()]
            .filter(({ state }) => state === "F")
            .map(({ id, aliasid }) => ({ OperationId: id, AliasId: aliasid }));
    }

    _status(operation) {
        const { id, state, total, type, posid, posuser } = operation;
        return {
            operation: {
                operationid: id,
                state,
                total: String(total),
                totalin: String(operation.in),
                totalout: String(-operation.out),
                amountchangenotavailable: String(operation.owed || 0),
                type: String(type),
                posid,
                posuser,
                aliasid: this.tellsAlias ? operation.aliasid : "",
                ...operation.marks,
            },
            devices: [],
            messages: operation.messages || [],
            withError: "false",
        };
    }
}

/** index.php: the bare number of a start, else JSON in a string. */
function inOldWords(body) {
    return body?.operationId || (body ? JSON.stringify(body) : "");
}

function take(list, call) {
    const at = list.indexOf(call);
    return at >= 0 && Boolean(list.splice(at, 1));
}

/** A till beside the machine: everything but the page outlives a `reload`. */
export class CashdroTill {
    constructor({
        machine = new FakeCashdro(),
        odoo = new FakeOdoo(),
        terminal = "odoo-1",
        ...services
    } = {}) {
        this.machine = machine;
        this.odoo = odoo;
        this.clock = new FakeClock();
        this.storage = new MemoryStorage();
        this.terminal = terminal;
        this.services = services;
        this.endpoint = services.endpoint || "https://192.168.1.50";
        this.issued = 0;
        this.reload();
    }

    reload() {
        this.driver?.close();
        this.ledger?.close();
        this.clock._timers.clear();
        this.views = [];
        this.driver = new CashdroLanDriver({
            device: {
                id: 3,
                uid: "dev-1",
                name: "The CashDro",
                endpoint: this.endpoint,
                currency: this.services.currency || "EUR",
                cashdro: { tolerance: 1, ...this.services.manners },
            },
            services: {
                fetch: this.machine.fetch,
                call: this.odoo.call,
                storage: this.storage,
                clock: this.clock,
                issueToken: (scope) => this._issue(scope),
                sessionId: 5,
                _t,
                ...this.services,
            },
        });
        this.ledger = new LedgerClient({
            call: this.odoo.call,
            storage: this.storage,
            sessionId: 5,
            clock: this.clock,
        });
        this.runner = new OperationRunner({
            driver: this.driver,
            ledger: this.ledger,
            clock: this.clock,
            onChange: (view) => this.views.push(view),
        });
    }

    get view() {
        return this.runner.view;
    }

    async _issue(scope) {
        if (!this.odoo.reachable) {
            throw new Error("no connection");
        }
        this.issued++;
        this.scope = scope;
        return this.refusal || { user: "pos", password: "s3 cr&t", terminal: this.terminal };
    }
}

export { text };
