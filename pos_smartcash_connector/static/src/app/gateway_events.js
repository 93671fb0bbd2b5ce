/** @odoo-module */

import { systemClock } from "@pos_smartcash_terminal/app/common/clock";

const FIRST_RETRY = 250;
/** ms; while a payment waits for messages, and while nobody does. */
const LONGEST_RETRY = 4000;
const IDLE_RETRY = 30000;
const CLOSE_TOKEN_REFUSED = 4401;

/** WebSocket class → address → channel: one socket per gateway, however many payment methods. */
const channels = new WeakMap();

/**
 * @param {Object} params as the constructor's
 * @returns {GatewayEvents} the page's one channel to this gateway
 */
export function sharedEvents(params) {
    if (!channels.has(params.WebSocket)) {
        channels.set(params.WebSocket, new Map());
    }
    const byAddress = channels.get(params.WebSocket);
    const key = `${params.endpoint} ${params.deviceUid}`;
    if (!byAddress.has(key)) {
        byAddress.set(key, new GatewayEvents(params));
    }
    return byAddress.get(key);
}

/**
 * The gateway's event channel: connects, says who it is, comes back by itself. It passes on
 * operations as they arrive, in the same tick.
 */
export class GatewayEvents {
    /**
     * @param {Object} params
     * @param {string} params.endpoint
     * @param {typeof WebSocket} params.WebSocket
     * @param {import("./gateway_tokens").GatewayTokens} params.tokens
     * @param {import("@pos_smartcash_terminal/app/common/clock").Clock} [params.clock]
     */
    constructor({ endpoint, WebSocket, tokens, clock = systemClock }) {
        this._url = `${endpoint.replace(/^http/, "ws").replace(/\/+$/, "")}/v1/events`;
        this._WebSocket = WebSocket;
        this._tokens = tokens;
        this._clock = clock;
        this._listeners = new Set();
        this._socket = null;
        this._opening = false;
        this._open = false;
        this._wanted = false;
        this._timer = null;
        this._delay = FIRST_RETRY;
        this.live = false;
        /** Since the last try nobody answers, and why, where that is known. */
        this.away = false;
        this.trouble = null;
        /** Last state of the machine that the gateway told, or null. */
        this.device = null;
    }

    /** Connects now and stays connected until `close`. */
    open() {
        this._wanted = true;
        if (!this._socket && !this._opening) {
            this._clock.clearTimeout(this._timer);
            this._delay = FIRST_RETRY;
            this._connect();
        }
    }

    close() {
        this._wanted = false;
        this._clock.clearTimeout(this._timer);
        const socket = this._socket;
        this._socket = null;
        this._setLive(false);
        socket?.close();
    }

    /**
     * @param {{onOperation?: (operation: Object) => void, onLive?: (live: boolean) => void,
     *     onDevice?: (device: Object) => void, onAway?: () => void}} listener
     * @returns {() => void} unsubscribe
     */
    listen(listener) {
        this._listeners.add(listener);
        this.open();
        return () => this._listeners.delete(listener);
    }

    async _connect() {
        this._opening = true;
        let token;
        try {
            token = await this._tokens.shift();
        } catch (error) {
            console.warn("SmartCash: no event channel without a token", error);
            this._opening = false;
            this._retry(error.message);
            return;
        }
        this._opening = false;
        if (!this._wanted) {
            return;
        }
        try {
            this._attach(new this._WebSocket(this._url), token);
        } catch (error) {
            console.warn("SmartCash: the browser opens no event channel", error);
            this._retry();
        }
    }

    _attach(socket, token) {
        this._socket = socket;
        socket.onopen = () => socket.send(JSON.stringify({ token }));
        socket.onmessage = ({ data }) => {
            if (socket === this._socket) {
                this._read(data);
            }
        };
        socket.onclose = ({ code }) => {
            if (socket !== this._socket) {
                return;
            }
            this._socket = null;
            this._setLive(false);
            if (code === CLOSE_TOKEN_REFUSED) {
                this._tokens.dropShift();
            }
            this._retry();
        };
    }

    _retry(trouble = null) {
        if (!this._wanted) {
            return;
        }
        this.away = true;
        this.trouble = trouble;
        this._tell("onAway");
        this._clock.clearTimeout(this._timer);
        this._timer = this._clock.setTimeout(() => this._connect(), this._delay);
        const isWaitedFor = [...this._listeners].some(({ onOperation }) => onOperation);
        const longest = isWaitedFor ? LONGEST_RETRY : IDLE_RETRY;
        this._delay = Math.min(this._delay * 2, longest);
    }

    _read(data) {
        let message;
        try {
            message = JSON.parse(data);
        } catch (error) {
            console.warn("SmartCash: the gateway sent something unreadable", error);
            return;
        }
        if (message.device) {
            this.device = message.device;
            this._tell("onDevice", message.device);
        }
        if (message.operation) {
            this._tell("onOperation", message.operation);
        }
        if (message.type === "ready") {
            this._delay = FIRST_RETRY;
            this._setLive(true);
        }
    }

    _setLive(live) {
        if (live !== this.live) {
            this.live = live;
            this.away = this.away && !live;
            this._tell("onLive", live);
        }
    }

    _tell(event, value) {
        for (const listener of [...this._listeners]) {
            listener[event]?.(value);
        }
    }
}
