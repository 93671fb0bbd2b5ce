import { LedgerClient } from "@pos_smartcash_terminal/app/ledger/ledger";
import { OperationRunner } from "@pos_smartcash_terminal/app/operation/runner";
import { FakeDriver, FakeMachine } from "./machine.mjs";
import { FakeOdoo } from "./odoo.mjs";
import { MemoryStorage } from "./storage.mjs";
import { FakeClock } from "./time.mjs";

export const UUID = "11111111-1111-4111-8111-111111111111";
export const OTHER_UUID = "22222222-2222-4222-8222-222222222222";

export function sale(changes = {}) {
    return {
        uuid: UUID,
        kind: "sale",
        amount: 990,
        currency: "EUR",
        reference: "Order 00001-001-0001",
        allowPartial: true,
        token: null,
        paymentMethodId: 7,
        orderUid: "00001-001-0001",
        orderName: "Order 00001-001-0001",
        cashier: "Mitchell",
        ...changes,
    };
}

export function refund(changes = {}) {
    return sale({ kind: "refund", amount: 1230, allowPartial: false, ...changes });
}

/** One till: machine, Odoo, storage and clock outlive the page; `reload` makes a new page. */
export class Till {
    constructor({ push = false, offline = true, cash } = {}) {
        this.clock = new FakeClock();
        this.storage = new MemoryStorage();
        this.odoo = new FakeOdoo();
        this.machine = new FakeMachine({ cash });
        this.driverOptions = { push, offline };
        this.views = [];
        this.reload();
    }

    reload() {
        this.ledger?.close();
        this.machine.listeners.clear();
        this.clock._timers.clear();
        this.views = [];
        this.driver = new FakeDriver(this.machine, this.driverOptions);
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

    /** The runner of another tab: same browser, same machine, and this one goes on. */
    secondTab() {
        return new OperationRunner({
            driver: new FakeDriver(this.machine, this.driverOptions),
            ledger: new LedgerClient({
                call: this.odoo.call,
                storage: this.storage,
                sessionId: 5,
                clock: this.clock,
            }),
            clock: this.clock,
        });
    }

    get view() {
        return this.runner.view;
    }

    get row() {
        return this.odoo.rows.get(UUID)?.progress;
    }

    /** What the machine really kept of an operation. */
    kept(uuid = UUID) {
        const op = this.machine.operations.get(uuid);
        return op ? op.in - op.out : 0;
    }
}
