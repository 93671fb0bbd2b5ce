/** The gateway's face, as the contract has it: scripted answers over fetch, sockets to push on. */
export class FakeGateway {
    constructor() {
        this.requests = [];
        this.sockets = [];
        /** Whether somebody listens at the address at all. */
        this.isThere = true;
        /** The answer to /v1/health, which is then no request worth noting; null: `answer` has it. */
        this.health = null;
        /** Answers a request: (request) → {status, body} | Promise; may throw like fetch does. */
        this.answer = () => ({ status: 404, body: problem("not_found") });
        const gateway = this;
        this.fetch = async (url, options) => {
            if (!gateway.isThere) {
                throw new TypeError("Failed to fetch");
            }
            const { pathname } = new URL(url);
            if (pathname === "/v1/health" && gateway.health) {
                return { ok: true, status: 200, text: async () => JSON.stringify(gateway.health) };
            }
            const request = {
                ...options,
                url,
                path: pathname,
                token: options.headers.Authorization?.replace("Bearer ", "") ?? null,
                json: options.body ? JSON.parse(options.body) : null,
            };
            gateway.requests.push(request);
            const aborted = new Promise((resolve, reject) => {
                options.signal.addEventListener("abort", () =>
                    reject(new DOMException("aborted", "AbortError"))
                );
            });
            aborted.catch(() => {});
            const { status, body } = await Promise.race([gateway.answer(request), aborted]);
            return {
                ok: status < 300,
                status,
                text: async () => (typeof body === "string" ? body : JSON.stringify(body)),
            };
        };
        /** A class of its own per gateway: the page shares sockets per class and address. */
        this.WebSocket = class {
            constructor(url) {
                this.url = url;
                this.sent = [];
                this.closed = false;
                gateway.sockets.push(this);
            }
            send(text) {
                this.sent.push(JSON.parse(text));
            }
            close() {
                this.closed = true;
            }
            open() {
                this.onopen();
            }
            push(message) {
                this.onmessage({
                    data: typeof message === "string" ? message : JSON.stringify(message),
                });
            }
            drop(code = 1006) {
                this.onclose({ code });
            }
        };
    }

    get socket() {
        return this.sockets.at(-1);
    }
}

export function problem(code, more = {}) {
    return {
        type: "about:blank",
        title: code,
        status: 400,
        detail: `about ${code}`,
        code,
        ...more,
    };
}

export function operation(uuid, changes = {}) {
    return {
        uuid,
        kind: "sale",
        state: "running",
        phase: "accepting",
        amount: 990,
        amount_in: 0,
        amount_out: 0,
        undispensed: 0,
        currency: "EUR",
        reference: "",
        allow_partial: true,
        device_ref: "j:1",
        cancellable: true,
        acceptable: false,
        messages: [],
        started_at: "2025-01-01T00:00:00Z",
        ended_at: null,
        signature: null,
        ...changes,
    };
}
