import { ENDED, FINAL, makeProgress } from "@pos_smartcash_terminal/app/common/progress";

/** As Odoo 17's rpc service rejects, told by its fields. */
export class ConnectionLostError extends Error {}

export function rpcError(exceptionName, message) {
    return Object.assign(new Error(message), {
        name: "RPC_ERROR",
        code: 200,
        exceptionName,
        data: { name: exceptionName, message },
    });
}

/**
 * The ledger as the contract describes it: register and report are idempotent by uuid, an ended
 * row does not change, one running row per device.
 */
export class FakeOdoo {
    constructor() {
        this.rows = new Map();
        this.log = [];
        this.reachable = true;
        /** Seconds since the running row was registered, nothing reported since. */
        this.unheardFor = 0;
        /** method → refusal that `register` or `report` gives */
        this.refusals = {};
        /** What tills found at a CashDro itself, by the machine's number. */
        this.found = new Map();
        /** Called as (method, args) before and after the effect; may throw to lose it. */
        this.onRequest = () => {};
        this.onAnswer = () => {};
        this.oneAtATime = true;
        this.tokens = 0;
        this.call = (model, method, args) => this._call(model, method, args);
    }

    calls(method) {
        return this.log.filter((entry) => entry.method === method);
    }

    async _call(model, method, args) {
        this.onRequest(method, args);
        if (!this.reachable) {
            throw new ConnectionLostError(`no connection for ${method}`);
        }
        await Promise.resolve();
        // A wire carries JSON: nothing else may survive it.
        args = JSON.parse(JSON.stringify(args));
        this.log.push({ model, method, args });
        const answer = this.refusals[method]
            ? { refused: this.refusals[method] }
            : this[`_${method}`](...args);
        await Promise.resolve();
        this.onAnswer(method, args);
        return JSON.parse(JSON.stringify(answer));
    }

    _register(values) {
        const known = this.rows.get(values.uuid);
        if (known) {
            return { ...known.progress, uuid: values.uuid, token: this._token(values) };
        }
        if (values.manual) {
            this.rows.set(values.uuid, {
                values,
                progress: makeProgress({ state: "done", amountOut: values.amount }),
            });
            return { uuid: values.uuid, ...this.rows.get(values.uuid).progress, token: null };
        }
        if (values.withdrawn) {
            const progress = makeProgress({ state: "failed" });
            this.rows.set(values.uuid, { values, progress });
            return { uuid: values.uuid, ...progress, token: null };
        }
        const running = [...this.rows.entries()].find(
            ([, row]) => row.progress.state === "running"
        );
        if (running && this.oneAtATime) {
            const { unheardFor } = this;
            const refused = { code: "device_busy", message: "busy", operation: running[0] };
            return { refused: { ...refused, unheardFor } };
        }
        const progress = makeProgress({ phase: "registered" });
        this.rows.set(values.uuid, { values, progress });
        return { uuid: values.uuid, ...progress, token: this._token(values) };
    }

    _token(values) {
        return values.kind === "sale"
            ? null
            : { token: `op-${values.uuid}`, expiresAt: 9999999999 };
    }

    _report(uuid, progress) {
        const row = this.rows.get(uuid);
        if (!row) {
            return { refused: { code: "unknown_operation", message: "never heard of it" } };
        }
        const isReplay =
            row.progress.state === progress.state &&
            row.progress.amountIn === progress.amountIn &&
            row.progress.amountOut === progress.amountOut;
        const isFinal = FINAL.includes(row.progress.state);
        if (isFinal && !isReplay) {
            const operation = { uuid, ...row.progress };
            return { refused: { code: "backwards", message: "it has ended already", operation } };
        }
        row.progress = makeProgress(progress);
        const handedOver = [...this.rows.values()].some(
            ({ values }) => values.parent_uuid === uuid
        );
        return { uuid, ...row.progress, handedOver };
    }

    _not_handed_over(uuid) {
        const row = this.rows.get(uuid);
        if (!row) {
            return { refused: { code: "unknown_operation", message: "never heard of it" } };
        }
        row.notHandedOver = true;
        return { uuid, ...row.progress };
    }

    _lookup(uuid) {
        const row = this.rows.get(uuid);
        if (!row) {
            return { refused: { code: "unknown_operation", message: "never heard of it" } };
        }
        const isUnheard = row.progress.phase === "registered";
        return { uuid, ...row.progress, unheardFor: isUnheard ? this.unheardFor : null };
    }

    _pending() {
        return [];
    }

    _cashdro_write_down(_ids, _sessionId, found) {
        const booked = [];
        for (const status of found) {
            const own = this.rows.get(status.alias);
            if (!own) {
                this.found.set(status.id, status);
            }
            if (!own || ENDED.includes(own.progress.state)) {
                booked.push(status.id);
            }
        }
        return { booked };
    }

    _cashdro_imported() {
        return {};
    }

    _issue_token() {
        this.tokens++;
        return { token: `shift-${this.tokens}`, expiresAt: 9999999999 };
    }
}
