/** @odoo-module */

import { Driver, DriverError, drivers } from "@pos_smartcash_terminal/app/driver/driver";
import { GatewayClient, TIMEOUTS } from "./gateway_client";
import { sharedEvents } from "./gateway_events";
import { refusalText, unreachableText } from "./gateway_texts";
import { GatewayTokens } from "./gateway_tokens";

/** All that the shift's token covers. */
const SHIFT_KIND = "sale";
/** ms that Odoo may take to issue a token. */
const TOKEN_TIMEOUT = 10000;
/** ms that a request may be on its way when its page has given it up. */
const MARGIN = 2000;
/** Seconds by which the page is earlier than the gateway. */
const PAGE_FIRST = 15;
/** Refusals that a new token may cure; they came before anything was started. */
const STALE_TOKEN = ["token_expired", "token_invalid"];

/**
 * A machine behind a SmartCash gateway on the till. Services: `fetch`, `WebSocket`,
 * `issueToken(scope)`, `storage`, `clock`, `_t`.
 */
export class GatewayDriver extends Driver {
    constructor({ device, services }) {
        super({ device, services });
        const { clock, _t } = services;
        this.client = new GatewayClient({
            endpoint: device.endpoint,
            fetch: services.fetch,
            Request: services.Request,
            clock,
            _t,
        });
        this.tokens = new GatewayTokens({
            deviceUid: device.uid,
            issueToken: services.issueToken,
            storage: services.storage,
            clock,
            _t,
        });
    }

    /** The gateway is looked for, a token asked for, the start sent: each is told. */
    get startLasts() {
        return Math.max(TIMEOUTS.device, TOKEN_TIMEOUT, TIMEOUTS.start) + MARGIN;
    }

    worksOffline(op) {
        return op.kind === SHIFT_KIND && this.tokens.hasShift;
    }

    /** Has the token and the event channel ready before the first customer. */
    async prepare() {
        this._events()?.open();
        try {
            await this.tokens.shift();
        } catch (error) {
            // The first sale asks again and then says why not.
            console.warn("SmartCash: the gateway is not prepared", error);
        }
    }

    close() {
        this._events()?.close();
    }

    watchHealth(onHealth) {
        const events = this._events();
        if (!events) {
            return super.watchHealth(onHealth);
        }
        const tell = () => onHealth(this._health(events));
        const stop = events.listen({ onDevice: tell, onLive: tell, onAway: tell });
        tell();
        return stop;
    }

    _health({ live, away, trouble, device }) {
        if (live && device) {
            return {
                state: device.state || "unknown",
                messages: device.errors || [],
                ...(device.inventory && { inventory: device.inventory }),
            };
        }
        const text = trouble || unreachableText(this._t);
        return away
            ? { state: "offline", messages: [{ code: "gateway_away", text }] }
            : { state: "unknown", messages: [] };
    }

    async start(op, { onRequest = () => {} } = {}) {
        onRequest();
        await this._assertThere(op);
        const needsOwn = op.kind !== SHIFT_KIND;
        const issue = () => {
            onRequest();
            return needsOwn ? this.tokens.operation(op.uuid) : this.tokens.shift();
        };
        const send = (token) => {
            onRequest();
            return this.client.start(op, token, this._idleTimeout());
        };
        try {
            return await send(op.token || (await issue()));
        } catch (error) {
            if (!isStaleToken(error)) {
                throw error;
            }
            if (!needsOwn && !op.token) {
                this.tokens.dropShift();
            }
            // No repeated start: the gateway refused the token before it read the order.
            return send(await issue());
        }
    }

    /** The page frees the machine; the gateway does it when the page is gone by then. */
    _idleTimeout() {
        const knowsIt = this._events()?.device?.capabilities?.idle_timeout;
        const minutes = this.device.idleMinutes || 0;
        return knowsIt && minutes ? minutes * 60 + PAGE_FIRST : 0;
    }

    /**
     * A start without an answer leaves open what happened. So a gateway that is not connected is
     * looked for first: where nobody is, nothing was started.
     */
    async _assertThere(op) {
        if (this._events()?.live) {
            return;
        }
        try {
            await this.client.health();
        } catch (error) {
            if (error.code !== "unreachable") {
                return; // it answers: the start will say the rest
            }
            const text = refusalText({ code: "gateway_down" }, op.kind, this._t);
            throw new DriverError("unavailable", text, { code: "gateway_down", cause: error });
        }
    }

    async poll(op) {
        return this._withShift((token) => this.client.operation(op.uuid, token));
    }

    async cancel(op) {
        return this._withShift((token) => this.client.cancel(op.uuid, token));
    }

    async accept(op) {
        return this._withShift((token) => this.client.accept(op.uuid, token));
    }

    async inventory() {
        return this._withShift((token) => this.client.device(token));
    }

    subscribe(op, onProgress, onLive) {
        const events = this._events();
        if (!events) {
            return null;
        }
        const unsubscribe = events.listen({
            onOperation: (operation) => {
                if (operation.uuid === op.uuid) {
                    this._pass(operation, onProgress);
                }
            },
            onLive,
        });
        onLive(events.live);
        return unsubscribe;
    }

    _pass(operation, onProgress) {
        let progress;
        try {
            progress = this.client.toProgress(operation);
        } catch (error) {
            console.warn("SmartCash: the gateway sent an operation that cannot be", error);
            return;
        }
        onProgress(progress);
    }

    _events() {
        const { WebSocket, clock } = this.services;
        if (!WebSocket) {
            return null;
        }
        return sharedEvents({
            endpoint: this.client.endpoint,
            deviceUid: this.device.uid,
            WebSocket,
            tokens: this.tokens,
            clock,
        });
    }

    /** A refused shift's token is replaced once: a refusal means that nothing was done. */
    async _withShift(ask) {
        try {
            return await ask(await this.tokens.shift());
        } catch (error) {
            if (!isStaleToken(error)) {
                throw error;
            }
            this.tokens.dropShift();
            return ask(await this.tokens.shift());
        }
    }
}

function isStaleToken(error) {
    return error instanceof DriverError && STALE_TOKEN.includes(error.detail?.code);
}

drivers.add("cashlogy", GatewayDriver);
