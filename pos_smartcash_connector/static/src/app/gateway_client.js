/** @odoo-module */

import { systemClock } from "@pos_smartcash_terminal/app/common/clock";
import { DriverError, OPERATION_UNKNOWN } from "@pos_smartcash_terminal/app/driver/driver";
import { localNetworkOptions } from "@pos_smartcash_terminal/app/driver/local_network";
import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import { refusalText, unintelligibleText, unreachableText } from "./gateway_texts";

/** ms; the gateway answers from its journal, so silence means that it is not there. */
export const TIMEOUTS = { start: 10000, poll: 3000, ask: 5000, device: 8000 };

/**
 * The gateway's HTTP interface, one method per call. Rejects with DriverError only.
 */
export class GatewayClient {
    /**
     * @param {Object} params
     * @param {string} params.endpoint the gateway's address
     * @param {typeof fetch} params.fetch
     * @param {import("@pos_smartcash_terminal/app/common/clock").Clock} [params.clock]
     * @param {typeof Request} [params.Request]
     * @param {(term: string) => string} [params._t]
     */
    constructor({ endpoint, fetch, clock = systemClock, Request, _t = (term) => term }) {
        this.endpoint = endpoint.replace(/\/+$/, "");
        this._fetch = fetch;
        this._clock = clock;
        this._t = _t;
        this._options = localNetworkOptions(this.endpoint, Request);
    }

    /** @param {number} [idleTimeout] seconds; only for gateways that know it */
    async start(op, token, idleTimeout = 0) {
        const body = {
            kind: op.kind,
            amount: op.amount,
            currency: op.currency,
            reference: op.reference || "",
            allow_partial: Boolean(op.allowPartial),
            ...(idleTimeout && { idle_timeout: idleTimeout }),
        };
        return this._operation("PUT", op.uuid, "", TIMEOUTS.start, token, body);
    }

    async operation(uuid, token) {
        return this._operation("GET", uuid, "", TIMEOUTS.poll, token);
    }

    async cancel(uuid, token) {
        return this._operation("POST", uuid, "/cancel", TIMEOUTS.ask, token);
    }

    async accept(uuid, token) {
        return this._operation("POST", uuid, "/accept", TIMEOUTS.ask, token);
    }

    async device(token) {
        return this.request("GET", "/v1/device", { timeout: TIMEOUTS.device, token });
    }

    async health() {
        return this.request("GET", "/v1/health", { timeout: TIMEOUTS.device });
    }

    /**
     * @param {Object} operation the gateway's operation document
     * @returns {import("@pos_smartcash_terminal/app/common/progress").Progress}
     */
    toProgress(operation) {
        try {
            return makeProgress({
                state: operation.state,
                phase: operation.phase,
                amountIn: operation.amount_in,
                amountOut: operation.amount_out,
                undispensed: operation.undispensed,
                deviceRef: operation.device_ref,
                cancellable: operation.cancellable,
                acceptable: operation.acceptable,
                messages: operation.messages,
                signature: operation.signature,
            });
        } catch (error) {
            throw new DriverError("fault", unintelligibleText(this._t), error);
        }
    }

    async _operation(method, uuid, action, timeout, token, body) {
        const path = `/v1/operations/${encodeURIComponent(uuid)}${action}`;
        const kind = method === "PUT" ? body.kind : null;
        const operation = await this.request(method, path, { timeout, token, body, kind });
        if (operation.uuid !== uuid) {
            throw new DriverError("fault", unintelligibleText(this._t), operation);
        }
        return this.toProgress(operation);
    }

    /**
     * @param {string} method
     * @param {string} path
     * @param {Object} options
     * @param {number} options.timeout ms
     * @param {string} [options.token]
     * @param {Object} [options.body]
     * @param {string|null} [options.kind] of the operation that this call would start
     * @returns {Promise<Object>} the answer's JSON
     */
    async request(method, path, { timeout, token, body, kind = null }) {
        const abort = new AbortController();
        const timer = this._clock.setTimeout(() => abort.abort(), timeout);
        /** @type {Record<string, string>} */
        const headers = {};
        if (token) {
            headers.Authorization = `Bearer ${token}`;
        }
        if (body) {
            headers["Content-Type"] = "application/json";
        }
        const fetch = this._fetch; // the browser's own must not be called as a method
        let response, text;
        try {
            response = await fetch(this.endpoint + path, {
                ...this._options,
                method,
                headers,
                body: body && JSON.stringify(body),
                signal: abort.signal,
                cache: "no-store",
                credentials: "omit",
                redirect: "error",
            });
            text = await response.text();
        } catch (error) {
            throw new DriverError("unreachable", unreachableText(this._t), { cause: error });
        } finally {
            this._clock.clearTimeout(timer);
        }
        return this._read(response, text, kind);
    }

    _read(response, text, kind) {
        let answer;
        try {
            answer = JSON.parse(text);
        } catch {
            answer = null;
        }
        if (answer === null || typeof answer !== "object") {
            throw new DriverError("fault", unintelligibleText(this._t), {
                status: response.status,
            });
        }
        if (response.ok) {
            return answer;
        }
        throw this._problem(response.status, answer, kind);
    }

    /** Refusals say that nothing was done; all other answers leave open what was. */
    _problem(status, problem, kind) {
        const { code } = problem;
        // uuid_conflict: something did happen under this uuid, so the runner must look.
        const isOpen = !code || code === "uuid_conflict" || (status >= 500 && status !== 503);
        if (isOpen) {
            return new DriverError("fault", unintelligibleText(this._t), problem);
        }
        return new DriverError(
            familyOf(status, code),
            refusalText(problem, kind, this._t),
            problem
        );
    }
}

/** @returns {import("@pos_smartcash_terminal/app/driver/driver").ErrorCode} of a problem by which the gateway says no */
function familyOf(status, code) {
    if (code === OPERATION_UNKNOWN) {
        return "unknown_operation";
    }
    if (code === "device_busy" || status === 503) {
        return "unavailable";
    }
    return [401, 403].includes(status) ? "denied" : "not_started";
}
