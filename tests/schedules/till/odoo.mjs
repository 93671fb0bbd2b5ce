import { createConnection } from "node:net";

/** What Odoo's rpc service rejects with when the server answers with an exception. */
export class RpcError extends Error {
    constructor({ name, message }) {
        super(message);
        this.name = "RPC_ERROR";
        this.code = 200;
        this.exceptionName = name;
        this.data = { name, message };
    }
}

/** What it rejects with when nobody answers. */
export class ConnectionLostError extends Error {
    constructor() {
        super("Connection lost");
        this.name = "CONNECTION_LOST_ERROR";
    }
}

/** Odoo's workers: each call goes to the next one, and they work at the same time. */
export class Odoo {
    constructor(port, workers) {
        this._workers = Array.from({ length: workers }, () => new Worker(port));
        this._next = 0;
    }

    call(uid, model, method, args) {
        const worker = this._workers[this._next++ % this._workers.length];
        return worker.ask({ uid, model, method, args });
    }

    /** Resolves when all workers have answered. */
    async idle() {
        while (this._workers.some((worker) => worker.busy)) {
            await new Promise((resolve) => setTimeout(resolve, 2));
        }
    }
}

class Worker {
    constructor(port) {
        this._waiting = [];
        let text = "";
        this._socket = createConnection(port, "127.0.0.1");
        this._socket.setNoDelay(true);
        this._socket.on("data", (data) => {
            text += data;
            for (let end; (end = text.indexOf("\n")) >= 0; text = text.slice(end + 1)) {
                this._waiting.shift()(JSON.parse(text.slice(0, end)));
            }
        });
    }

    get busy() {
        return this._waiting.length > 0;
    }

    async ask(wish) {
        const said = await new Promise((resolve) => {
            this._waiting.push(resolve);
            this._socket.write(`${JSON.stringify(wish)}\n`);
        });
        if (said.error) {
            throw new RpcError(said.error);
        }
        return said.result;
    }
}
