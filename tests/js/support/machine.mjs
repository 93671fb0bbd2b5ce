import { Driver, DriverError, OPERATION_UNKNOWN } from "@pos_smartcash_terminal/app/driver/driver";
import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";

/**
 * A cash machine that does what the gateway promises, with real money in it: `cash` is what is
 * physically inside, and no message changes it.
 */
export class FakeMachine {
    constructor({ cash = 100000 } = {}) {
        this.cash = cash;
        this.operations = new Map();
        this.starts = [];
        this.listeners = new Set();
        /** What of the next payout stays inside for want of coins. */
        this.cannotPay = 0;
        /** True: change falls when a test calls `finish`, not at once. */
        this.slow = false;
    }

    get running() {
        return [...this.operations.values()].find((op) => op.state === "running") || null;
    }

    start(op) {
        this.starts.push(op.uuid);
        const known = this.operations.get(op.uuid);
        if (known) {
            return this.tell(op.uuid);
        }
        if (this.running) {
            const problem = { code: "device_busy", operation: this.running.uuid };
            throw new DriverError("unavailable", "The machine is busy.", problem);
        }
        const paysOut = ["refund", "cash_out"].includes(op.kind);
        this.operations.set(op.uuid, {
            uuid: op.uuid,
            kind: op.kind,
            amount: op.amount,
            allowPartial: op.allowPartial,
            state: "running",
            phase: paysOut ? "dispensing" : "accepting",
            in: 0,
            out: 0,
            undispensed: 0,
        });
        if (paysOut && !this.slow) {
            this.finish(op.uuid);
        }
        this._changed(op.uuid);
        return this.tell(op.uuid);
    }

    insert(uuid, amount) {
        const op = this.operations.get(uuid);
        if (!op || op.phase !== "accepting") {
            return false;
        }
        op.in += amount;
        this.cash += amount;
        if (op.in >= op.amount) {
            op.phase = "dispensing";
        }
        this._changed(uuid);
        if (op.phase === "dispensing" && !this.slow) {
            this.finish(uuid);
        }
        return true;
    }

    cancel(uuid) {
        const op = this._known(uuid);
        if (op.phase === "accepting") {
            op.phase = "cancelling";
            this._changed(uuid);
            if (!this.slow) {
                this.finish(uuid);
            }
        }
        return this.tell(uuid);
    }

    accept(uuid) {
        const op = this._known(uuid);
        if (op.phase !== "accepting" || !op.allowPartial || !op.in) {
            throw new DriverError("not_started", "Nothing to accept.", { code: "not_acceptable" });
        }
        this._end(op, "done");
        return this.tell(uuid);
    }

    /** Gives out what is owed and ends the operation. */
    finish(uuid) {
        const op = this.operations.get(uuid);
        if (op.phase !== "dispensing" && op.phase !== "cancelling") {
            return;
        }
        const paysOut = ["refund", "cash_out"].includes(op.kind);
        const cancelled = op.phase === "cancelling";
        const owed = paysOut ? op.amount : cancelled ? op.in : op.in - op.amount;
        const paid = Math.max(0, owed - this.cannotPay);
        op.out = paid;
        this.cash -= paid;
        op.undispensed = paysOut && paid === 0 ? 0 : owed - paid;
        this._end(op, cancelled ? "cancelled" : paysOut && paid === 0 ? "failed" : "done");
    }

    tell(uuid) {
        const op = this._known(uuid);
        return makeProgress({
            state: op.state,
            phase: op.phase,
            amountIn: op.in,
            amountOut: op.out,
            undispensed: op.undispensed,
            deviceRef: `j:${op.uuid}`,
            cancellable: op.phase === "accepting",
            acceptable: op.phase === "accepting" && op.allowPartial && op.in > 0,
            signature: op.state === "running" ? null : `signed:${op.uuid}`,
        });
    }

    _known(uuid) {
        const op = this.operations.get(uuid);
        if (!op) {
            const problem = { code: OPERATION_UNKNOWN };
            throw new DriverError("unknown_operation", "The machine does not know it.", problem);
        }
        return op;
    }

    _end(op, state) {
        op.state = state;
        op.phase = "ended";
        this._changed(op.uuid);
    }

    _changed(uuid) {
        for (const listener of [...this.listeners]) {
            listener(uuid, this.tell(uuid));
        }
    }
}

export function unreachable() {
    return new DriverError("unreachable", "The machine does not answer.");
}

/** A driver over a FakeMachine, with a wire that can be cut before and after the effect. */
export class FakeDriver extends Driver {
    constructor(machine, { push = false, offline = true } = {}) {
        super({ device: { uid: "dev" }, services: {} });
        this.machine = machine;
        this.push = push;
        this.offline = offline;
        this.log = [];
        this.onRequest = () => {};
        this.onAnswer = () => {};
        this.onLive = null;
    }

    worksOffline() {
        return this.offline;
    }

    start(op) {
        return this._ask("start", op, () => this.machine.start(op));
    }

    poll(op) {
        return this._ask("poll", op, () => this.machine.tell(op.uuid));
    }

    cancel(op) {
        return this._ask("cancel", op, () => this.machine.cancel(op.uuid));
    }

    accept(op) {
        return this._ask("accept", op, () => this.machine.accept(op.uuid));
    }

    calls(method) {
        return this.log.filter((entry) => entry.method === method);
    }

    subscribe(op, onProgress, onLive) {
        if (!this.push) {
            return null;
        }
        const listener = (uuid, progress) => uuid === op.uuid && onProgress(progress);
        this.machine.listeners.add(listener);
        this.onLive = onLive;
        return () => this.machine.listeners.delete(listener);
    }

    async _ask(method, op, effect) {
        this.log.push({ method, op });
        await this.onRequest(method, op);
        const answer = effect();
        await this.onAnswer(method, op);
        return answer;
    }
}
