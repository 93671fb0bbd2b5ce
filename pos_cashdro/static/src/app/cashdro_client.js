/** @odoo-module */

import { systemClock } from "@pos_smartcash_terminal/app/common/clock";
import {
    DriverError,
    OPERATION_UNKNOWN,
    isRefusal,
} from "@pos_smartcash_terminal/app/driver/driver";
import { localNetworkOptions } from "@pos_smartcash_terminal/app/driver/local_network";
import * as answers from "./cashdro_answers";
import { CODES, EVERYWHERE, FAMILIES, WITH_EFFECT } from "./cashdro_codes";
import { CashdroUnit, WrongUnit } from "./cashdro_unit";
import { findObstacle } from "./cashdro_reach";
import { refusalText, unreadableText } from "./cashdro_texts";

export const TYPE = Object.freeze({
    fill: 1,
    withdraw: 2,
    payout: 3,
    sale: 4,
    transfer: 8,
    removeNoteCassette: 10,
    removeCoinCassette: 11,
    deposit: 16,
    depositAmount: 17,
    exchange: 18,
});
export const FINISH = Object.freeze({
    accept: 1,
    cancel: 2,
    /** The cancel of older software; of a withdrawal and of a transfer always. */
    cancelOld: 3,
    /** Of a withdrawal or a transfer: give out, or move, these pieces. */
    execute: 4,
});

/** The newer entry point first: what it cannot do, the older one can. */
const ENTRY_POINTS = ["index3.php", "index.php"];
/** An account that machines have by themselves, for their own pages and for a vendor's programs. */
const NETWORK_ACCOUNT = { user: "Exchange_Machine", password: "-99" };
/** ms, unless the device says otherwise. Some machines answer slowly while they count. */
export const TIMEOUT = 5000;
export const START_TIMEOUT = 10000;
const MAX_LENGTH = 4 * 1024 * 1024;
/** Characters of posid, posuser and aliasid. */
const MAX_NAME = 50;

/**
 * @typedef {Object} Chosen
 * @property {answers.CashdroLevel[]} [pieces] what a withdrawal gives out
 * @property {answers.CashdroLevel[]} [toCassette] what a transfer moves
 */

/**
 * The machine's web service as a browser can use it: plain GETs without a header of ours, so that
 * no preflight is needed, which the machine would not answer. Rejects with DriverError only;
 * `detail.code` says what it was, `detail.machineCode` is the machine's own number. Nothing is
 * repeated by itself.
 */
export class CashdroClient {
    /**
     * @param {Object} params
     * @param {string} params.endpoint e.g. https://192.168.1.50
     * @param {string} params.name the device's, for people
     * @param {{user: string, password: string, terminal?: string}} params.access a user of the
     *     machine
     * @param {typeof fetch} params.fetch
     * @param {import("@pos_smartcash_terminal/app/common/clock").Clock} [params.clock]
     * @param {typeof Request} [params.Request]
     * @param {string} [params.currency] ISO code
     * @param {Object} [params.unit] what the machine counts in, as CashdroUnit has it
     * @param {number} [params.timeout] ms for one call
     * @param {Permissions} [params.permissions] `navigator.permissions`
     * @param {string} [params.pageUrl] `location.href`
     * @param {import("./cashdro_texts").Translate} params._t
     */
    constructor({
        endpoint,
        name,
        access,
        fetch,
        clock = systemClock,
        Request,
        currency = "",
        unit,
        timeout = TIMEOUT,
        _t,
        ...page
    }) {
        this.endpoint = endpoint.replace(/\/+$/, "");
        this.access = access;
        this._name = name;
        this._fetch = fetch;
        this._clock = clock;
        this._Request = Request;
        this._page = page;
        this._t = _t;
        this._options = localNetworkOptions(this.endpoint, Request);
        this._entryPoint = null;
        this._currency = currency;
        this._unit = new CashdroUnit(unit);
        this._isUnitProven = !this._unit.needsProof;
        this._timeout = timeout;
    }

    /**
     * Compares the unit with the machine's own pieces, where it can be another one. To be called before
     * anything is started.
     */
    async proveUnit() {
        if (this._isUnitProven) {
            return;
        }
        const levels = await this.levels(this._currency);
        if (!levels.length) {
            throw this._refusal("no_pieces");
        }
        this._isUnitProven = true;
    }

    /**
     * Queues an operation; it waits for `acknowledge` before any money can move.
     *
     * @param {Object} wish
     * @param {number} wish.type of TYPE
     * @param {number} wish.amount minor units; 0 for a type without one
     * @param {string} wish.kind of ours, for the words of a refusal
     * @param {string} wish.terminal
     * @param {string} wish.cashier
     * @param {string} wish.alias our own unique name of it
     * @returns {Promise<string>} the machine's number of it
     */
    async start({ type, amount, kind, terminal, cashier, alias }) {
        const counted = this._unit.toMachine(amount);
        if (counted === null || !this._isUnitProven) {
            throw this._refusal(counted === null ? "bad_amount" : "wrong_unit", null, kind);
        }
        // The documented spelling of an amount is a string; decimals are refused.
        const parameters = counted ? { amount: String(counted) } : {};
        const wish = {
            type,
            posid: terminal.slice(0, MAX_NAME),
            posuser: cashier.slice(0, MAX_NAME),
            aliasid: alias,
            parameters: JSON.stringify(parameters),
        };
        const options = { timeout: Math.max(START_TIMEOUT, this._timeout), kind };
        return this._call("startOperation", wish, answers.readOperationId, options);
    }

    /** From here on money can move. */
    async acknowledge(id) {
        await this._call("acknowledgeOperationId", { operationId: id });
    }

    /** @returns {Promise<answers.CashdroStatus>} */
    async ask(id) {
        const told = await this._askStatus(id);
        if (!answers.mayHaveEnded(told) || (await this._mayBeExecuting(id))) {
            return told;
        }
        // It is over: what moved since the first answer is in the second one.
        const status = await this._askStatus(id);
        if (status.state !== answers.STATE.finished && !answers.mayHaveEnded(status)) {
            return status;
        }
        const cancelled = status.state === answers.STATE.cancelled || status.cancelled;
        return { ...status, state: answers.STATE.finished, cancelled };
    }

    async _mayBeExecuting(id) {
        try {
            return (await this.executing()) === id;
        } catch (error) {
            if (!isRefusal(error)) {
                throw error;
            }
            return true; // nobody says that it is over
        }
    }

    async _askStatus(id) {
        const read = (body) => this._unit.status(answers.readStatus(body, id));
        try {
            return await this._call("askOperation", { operationId: id }, read);
        } catch (error) {
            if (error.detail?.code !== "wrong_user") {
                throw error;
            }
            // index.php answers -1 for an operation that it does not know, too.
            await this.test();
            throw this._refusal(OPERATION_UNKNOWN, error.detail.machineCode);
        }
    }

    /**
     * Asks for the end of an operation; its outcome follows through `ask`.
     *
     * @param {string} id
     * @param {number} mode of FINISH
     * @param {Chosen|null} [chosen] with `execute`
     * @returns {Promise<boolean>} false: it is not in execution, so not yet or not any more
     */
    async finish(id, mode, chosen = null) {
        const params = chosen ? { params: piecesToWire(chosen, this._unit) } : {};
        const call = (type) => this._call("finishOperation", { operationId: id, type, ...params });
        try {
            await call(mode);
        } catch (error) {
            const code = error.detail?.code;
            if (code === "bad_parameters" && mode === FINISH.cancel) {
                await call(FINISH.cancelOld);
            } else if (code !== "not_in_execution") {
                throw error;
            } else {
                return false;
            }
        }
        return true;
    }

    /** The operation is in our books: `pending` need not name it any more. */
    async setImported(id) {
        await this._call("setOperationImported", { operationId: id });
    }

    /** @returns {Promise<string|null>} the number of the operation that runs, whoever started it */
    async executing() {
        return this._call("askOperationExecuting", {}, answers.readExecuting);
    }

    /**
     * @param {string} terminal
     * @param {{includeManual?: boolean}} [options] includeManual: those done at the machine too
     * @returns {Promise<string[]>} numbers of finished operations that nobody has imported
     */
    async pending(terminal, { includeManual = false } = {}) {
        const wish = {
            terminal: terminal.slice(0, MAX_NAME),
            importManualOperations: String(includeManual),
        };
        return this._call("askPendingOperations", wish, answers.readPending);
    }

    /**
     * @param {number} since ms since the epoch
     * @param {number} until
     * @param {number[]} types of TYPE
     */
    async movements(since, until, types) {
        const wish = {
            fromDate: moment(since),
            toDate: moment(until),
            group: "false",
            operationType: JSON.stringify(types.map((type) => ({ Id: type }))),
        };
        return this._call("askMovements", wish, answers.readMovements);
    }

    /** @returns {Promise<answers.CashdroLevel[]>} */
    async levels(currency) {
        const wish = { currencyId: currency, includeImages: 0, includeLevels: 1 };
        const levels = await this._call("getPiecesCurrency", wish, answers.readLevels);
        try {
            return this._unit.levels(
                levels.filter((level) => !level.currency || level.currency === currency)
            );
        } catch (error) {
            if (!(error instanceof WrongUnit)) {
                throw error;
            }
            throw this._refusal("wrong_unit");
        }
    }

    async test() {
        await this._call("doTest");
    }

    /**
     * @returns {Promise<boolean>} everybody in the machine's network can start operations, with an
     *     account of its own
     */
    async hasNetworkAccount() {
        const { access } = this;
        this.access = NETWORK_ACCOUNT;
        try {
            await this.test();
            return true;
        } catch (error) {
            if (!isRefusal(error)) {
                throw error;
            }
            return false;
        } finally {
            this.access = access;
        }
    }

    // The wire ----------------------------------------------------------------------------

    /**
     * @template T
     * @param {string} operation
     * @param {Object} [wish]
     * @param {(body: unknown) => T|undefined} [read] nothing: the answer says no more
     * @param {{timeout?: number, kind?: string|null}} [options]
     * @returns {Promise<T>}
     */
    async _call(operation, wish = {}, read = () => undefined, options = {}) {
        const { timeout = this._timeout, kind } = options;
        this._entryPoint ??= await this._findEntryPoint();
        const answer = await this._ask(this._entryPoint, operation, wish, timeout);
        if (answer.code !== 1) {
            throw this._error(operation, answer, kind);
        }
        return this._read(() => read(answer.body));
    }

    /**
     * Which of the two this machine has, found out by a question: a browser shows a page's answer
     * "not found" as no answer at all, and a start without an answer must not be tried again.
     */
    async _findEntryPoint() {
        let trouble = null;
        for (const entryPoint of ENTRY_POINTS) {
            try {
                await this._ask(entryPoint, "doTest", {}, this._timeout);
                return entryPoint;
            } catch (error) {
                // The first one that answers at all tells more than silence.
                trouble = trouble && error.code === "unreachable" ? trouble : error;
                if (error.detail.isSlow) {
                    break;
                }
            }
        }
        throw trouble;
    }

    async _ask(entryPoint, operation, wish, timeout) {
        const { user, password } = this.access;
        const query = Object.entries({ operation, name: user, password, ...wish })
            .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
            .join("&");
        const text = await this._get(`/Cashdro3WS/${entryPoint}?${query}`, timeout);
        return this._read(() => answers.readAnswer(text));
    }

    /** @returns {Promise<string>} the body of the answer */
    async _get(target, timeout) {
        const abort = new AbortController();
        let isSlow = false;
        const timer = this._clock.setTimeout(() => {
            isSlow = true;
            abort.abort();
        }, timeout);
        const fetch = this._fetch; // the browser's own must not be called as a method
        try {
            const response = await fetch(this.endpoint + target, {
                ...this._options,
                signal: abort.signal,
                cache: "no-store",
                credentials: "omit",
                redirect: "manual",
                // The password is in the address: it must not travel on.
                referrerPolicy: "no-referrer",
            });
            const text = await this._text(response);
            this._hasAnswered = true;
            return text;
        } catch (error) {
            throw error instanceof DriverError ? error : await this._unreachable(error, isSlow);
        } finally {
            this._clock.clearTimeout(timer);
        }
    }

    async _text(response) {
        const { status } = response;
        if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
            throw this._unreadable("redirect");
        }
        if (status !== 200) {
            this._entryPoint = null;
            throw this._unreadable(status === 404 ? "no_service" : "not_json", { status });
        }
        if (Number(response.headers.get("Content-Length")) > MAX_LENGTH) {
            throw this._unreadable("too_large");
        }
        const text = await response.text();
        if (text.length > MAX_LENGTH) {
            throw this._unreadable("too_large");
        }
        return text;
    }

    _read(read) {
        try {
            return read();
        } catch (error) {
            if (!(error instanceof answers.UnreadableAnswer || error instanceof WrongUnit)) {
                throw error;
            }
            throw this._unreadable("not_json", { cause: error });
        }
    }

    async _unreachable(cause, isSlow) {
        const code = await findObstacle({
            endpoint: this.endpoint,
            Request: this._Request,
            isSlow,
            hasAnswered: Boolean(this._hasAnswered),
            ...this._page,
        });
        const about = { name: this._name, address: this.endpoint };
        const text = refusalText(code, about, this._t);
        return new DriverError("unreachable", text, { code, isSlow, cause });
    }

    _unreadable(code, detail = {}) {
        const text = unreadableText(code, this._name, this._t);
        return new DriverError("fault", text, { code, ...detail });
    }

    _error(operation, { code }, kind) {
        const known = EVERYWHERE[code] || CODES[operation]?.[code];
        if (known) {
            return this._refusal(known, code, kind);
        }
        // Undocumented: only of a question is it certain that nothing happened.
        return WITH_EFFECT.includes(operation)
            ? this._unreadable("not_json", { machineCode: code })
            : this._refusal("machine_refused", code);
    }

    /**
     * @param {string} code
     * @param {number|null} [machineCode]
     * @param {string|null} [kind] of the operation that was to start
     */
    _refusal(code, machineCode = null, kind = null) {
        const text = refusalText(code, { name: this._name, kind }, this._t);
        return new DriverError(FAMILIES[code] || "not_started", text, { code, machineCode });
    }
}

/**
 * The keys are Spanish on machines of every language.
 *
 * @param {Chosen} chosen
 * @param {CashdroUnit} unit
 */
function piecesToWire({ pieces = [], toCassette = [] }, unit) {
    const list = (levels) => ({
        pieza: levels.map(({ value, recycler, kind }) => ({
            valor: String(unit.toMachine(value)),
            nivel: String(recycler),
            isBillete: String(kind === "note"),
        })),
    });
    return JSON.stringify({ Piezas: list(pieces), PiezasCasete: list(toCassette) });
}

/** In the time of the till, which is that of the machine beside it. */
function moment(ms) {
    const date = new Date(ms);
    const two = (value) => String(value).padStart(2, "0");
    const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
    const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
    return `${day}_${time}`;
}
