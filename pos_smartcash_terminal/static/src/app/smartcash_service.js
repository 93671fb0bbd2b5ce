/** @odoo-module */

import { EventBus, markRaw, reactive } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { session } from "@web/session";

import { isCashMove } from "./cash_control/cash_move";
import { CashMoves } from "./cash_control/cash_moves";
import { browserStorage } from "./browser_storage";
import { systemClock } from "./clock";
import { drivers } from "./driver";
import { LedgerClient } from "./ledger";
import { settledByLedger } from "./ledger_outcome";
import { LevelsWatch } from "./levels/levels_watch";
import { MachineBoard } from "./machine_board";
import { IdleTimeout, freedMessage } from "./operation/idle_timeout";
import { NoMachines } from "./no_machines";
import { OperationRunner } from "./operation_runner";
import { PaymentDialogContainer } from "./payment_dialog/payment_dialog_container";
import { ProgressHints } from "./progress_hints";
import { ServerDriver } from "./server_driver";
import { SmartcashPayment } from "./smartcash_payment";
import { messagesToShow, refusalText } from "./words";

/**
 * Where the operations of this till live while they run: one runner per operation, whatever screen,
 * order or popup is in front. It knows machines and the ledger; it knows no payment line.
 */
export class SmartcashService {
    constructor(env, { pos, popup, sound, pos_notification, bus_service }) {
        this.env = env;
        this.pos = pos;
        this.popup = popup;
        this.sound = sound;
        this.notification = pos_notification;
        /** "settled" is triggered with {orderUid} when an operation has ended and its line is written. */
        this.bus = new EventBus();
        /** What the screens show; one entry per operation that runs or has just ended. */
        this.state = reactive({ payments: {}, board: null });
        this.runners = new Map();
        this.checks = new Map();
        this.drivers = new Map();
        this.ordersToClose = new Set();
        this.hints = new ProgressHints(bus_service);
        this._storage = browserStorage(window);
        this._call = (model, method, args) => this.pos.orm.silent.call(model, method, args);
        this.ledger = new LedgerClient({
            call: this._call,
            storage: this._storage,
            sessionId: this.pos.pos_session.id,
            database: session.db,
            locks: browser.navigator.locks || null,
            _t,
            onChange: () => this.board.redraw(),
        });
        /** The devices that this POS pays through, each with its payment methods. */
        this.devices = this._devices();
        const levels = new LevelsWatch(this._call);
        this.board = new MachineBoard({
            ledger: this.ledger,
            devices: this.devices,
            watchHealth: (device, onHealth) => this._watchHealth(device, onHealth),
            lookAt: (device) => this.driverFor(device)?.look(),
            watchLevels: (...args) => levels.look(...args),
            look: () => this._look(),
            onChange: (board) => {
                this.state.board = markRaw(board);
            },
        });
        this.bus.addEventListener("settled", () => this.board.refreshSoon());
        this.cashMoves = new CashMoves(this);
    }

    _devices() {
        const devices = new Map();
        for (const { id, smartcash } of this.pos.payment_methods) {
            const isUsed = this.pos.config.payment_method_ids.includes(id);
            if (isUsed && smartcash?.device) {
                const known = devices.get(smartcash.device.id);
                devices.set(smartcash.device.id, {
                    ...smartcash.device,
                    methodIds: [...(known?.methodIds || []), id],
                });
            }
        }
        return [...devices.values()];
    }

    _watchHealth(device, onHealth) {
        const driver = this.driverFor(device);
        if (!driver) {
            const messages = [{ code: "no_driver", text: refusalText("no_driver") }];
            onHealth({ state: "unknown", messages });
            return () => {};
        }
        return driver.watchHealth(onHealth);
    }

    /** What this page knows of operations: those that run in it, and those whose lines are done. */
    _look() {
        const lines = this.pos.orders.flatMap((order) => order.get_paymentlines());
        const done = lines.filter((line) => line.smartcash_uuid && line.is_done());
        return {
            running: new Set([
                ...this.terminals.flatMap((terminal) => [...terminal.running.keys()]),
                ...this.cashMoves.unsettled,
            ]),
            settled: new Set(done.map((line) => line.smartcash_uuid)),
        };
    }

    /**
     * Finds out what became of an open operation, whoever began it.
     *
     * @param {import("./driver").Operation} op
     */
    look(op) {
        if (isCashMove(op)) {
            return this.cashMoves.look(op);
        }
        const terminal = this.terminals.find(
            ({ payment_method }) => payment_method.id === op.paymentMethodId
        );
        return terminal.look(op);
    }

    /**
     * One driver object per device, made when it is first needed: a POS loads the methods of the
     * whole company and must not talk to machines that it never uses.
     *
     * @param {{id: number, driver: string, transport: string}} device
     * @returns {import("./driver").Driver|null} null when no addon brings this driver
     */
    driverFor(device) {
        if (!this.drivers.has(device.id)) {
            const isServed = device.transport === "server";
            if (!isServed && !drivers.contains(device.driver)) {
                return null;
            }
            const services = {
                call: this._call,
                bus: this.hints,
                fetch: (...args) => browser.fetch(...args),
                Request: window.Request,
                WebSocket: window.WebSocket,
                issueToken: (scope) => this.ledger.issueToken(scope, device.id),
                sessionId: this.pos.pos_session.id,
                storage: this._storage,
                clock: systemClock,
                _t,
            };
            const DriverClass = isServed ? ServerDriver : drivers.get(device.driver);
            this.drivers.set(device.id, new DriverClass({ device, services }));
        }
        return this.drivers.get(device.id);
    }

    /**
     * Opens the connections that the payment screen may need, so that a sale does not wait.
     *
     * @param {object[]} methods payment methods
     */
    prepare(methods) {
        for (const { smartcash } of methods) {
            const driver = smartcash?.device && this.driverFor(smartcash.device);
            driver?.prepare();
        }
    }

    /**
     * Runs an operation to its end; with `resume`, watches one that already runs to its end.
     *
     * @param {object} op as the runner wants it
     * @param {{method: object, orderName: string, resume: boolean}} context
     * @returns {Promise<object>} the runner's outcome
     */
    async execute(op, { method, resume, ...context }) {
        const { device } = method.smartcash;
        const idle = new IdleTimeout({
            minutes: device.idleMinutes || 0,
            cancel: () => runner.cancel(),
        });
        const runner = new OperationRunner({
            driver: this.driverFor(device),
            ledger: this.ledger,
            onChange: (view) => {
                idle.hear(view);
                this._onView(idle.explain(view), {
                    title: method.name,
                    deviceName: device.name,
                    capabilities: device.capabilities || {},
                    ...context,
                });
            },
        });
        this.runners.set(op.uuid, runner);
        let outcome = await (resume ? runner.resume(op) : runner.run(op));
        if (resume && outcome.result === "unknown") {
            outcome = await this._askLedger(op, outcome);
        }
        this.runners.delete(op.uuid);
        idle.stop();
        this._sayItIsFree(idle.explain(runner.view), context.orderName);
        return outcome;
    }

    /** The cashier may have gone on with other orders meanwhile. */
    _sayItIsFree(view, orderName) {
        const freed = freedMessage(view);
        if (freed) {
            const [{ text }] = messagesToShow([freed], "");
            this.notification.add([orderName, text].filter(Boolean).join(": "), 8000);
        }
    }

    /** The machine does not know how it ended; a manager may have settled it in Odoo meanwhile. */
    async _askLedger(op, outcome) {
        try {
            return settledByLedger(
                op,
                outcome,
                await this.ledger.report(op.uuid, outcome.progress)
            );
        } catch (error) {
            console.warn("SmartCash: Odoo was asked about an open operation and failed", error);
            return outcome;
        }
    }

    _onView(view, context) {
        const known = this.state.payments[view.uuid];
        if (known) {
            known.view = markRaw(view);
            // Money that a person must hand over cannot stay behind another screen.
            known.aside = known.aside && !view.byHand;
        } else {
            this.board.redraw();
            this.state.payments[view.uuid] = {
                uuid: view.uuid,
                kind: view.kind,
                view: markRaw(view),
                aside: false,
                leftOpen: false,
                ...context,
            };
        }
    }

    cancel(uuid) {
        this.runners.get(uuid)?.cancel();
    }

    accept(uuid) {
        this.runners.get(uuid)?.accept();
    }

    resend(uuid) {
        return this.runners.get(uuid)?.resend();
    }

    handedOver(uuid) {
        this.runners.get(uuid)?.handedOver();
    }

    /** The outcome becomes a question that a manager decides in Odoo. */
    stopWaiting(uuid) {
        this.runners.get(uuid)?.stopWaiting();
    }

    /** Lets the cashier go on with other orders; the operation is watched all the same. */
    putAside(uuid) {
        const payment = this.state.payments[uuid];
        if (payment) {
            payment.aside = true;
        }
    }

    bringToFront(uuid) {
        const payment = this.state.payments[uuid];
        if (payment) {
            payment.aside = false;
            payment.leftOpen = false;
        }
    }

    /**
     * Nobody knows how it ended: the dialog stays and offers to look again.
     *
     * @param {string} uuid
     * @param {() => void} check
     */
    askForCheck(uuid, check) {
        if (this.state.payments[uuid]?.leftOpen) {
            this.finish(uuid);
            return;
        }
        this.checks.set(uuid, check);
        this.bringToFront(uuid);
    }

    /** The question goes to a manager; a look that is still on its way does not bring it back. */
    leaveOpen(uuid) {
        const payment = this.state.payments[uuid];
        if (payment) {
            payment.aside = true;
            payment.leftOpen = true;
            this.finish(uuid);
        }
    }

    check(uuid) {
        this.checks.get(uuid)?.();
    }

    /**
     * The outcome is written on its line: say how it ended, then close the dialog.
     *
     * @param {string} uuid
     * @param {{pause: number}} options how long the result stays on screen, milliseconds
     */
    finish(uuid, { pause = 0 } = {}) {
        const payment = this.state.payments[uuid];
        const leave = () => {
            // The line may have been sent or checked again during the pause.
            if (this.state.payments[uuid] === payment && !this.runners.has(uuid)) {
                delete this.state.payments[uuid];
                this.checks.delete(uuid);
            }
        };
        if (pause) {
            browser.setTimeout(leave, pause);
        } else {
            leave();
        }
    }

    /** The order is paid and its rule says "go straight to the receipt". */
    closeOrder(orderUid) {
        this.ordersToClose.add(orderUid);
    }

    /** @returns {boolean} true once for an order that shall be closed by itself */
    takeOrderToClose(orderUid) {
        return this.ordersToClose.delete(orderUid);
    }

    /** @returns {SmartcashPayment[]} the interfaces of the methods that are paid through a machine */
    get terminals() {
        return this.pos.payment_methods
            .map((method) => method.payment_terminal)
            .filter((terminal) => terminal instanceof SmartcashPayment);
    }

    /** Serves the interfaces; resumes what was running when the page went away. */
    start() {
        const remembered = this.ledger.storedOperations();
        for (const terminal of this.terminals) {
            terminal.smartcash = this;
            terminal.resumeAll(remembered.filter(({ op }) => !isCashMove(op)));
        }
        this.cashMoves.resumeAll(remembered);
        // Another tab of this browser has written something.
        browser.addEventListener("storage", () => {
            for (const runner of this.runners.values()) {
                runner.recall();
            }
        });
        // What the storage had no room for is lost with the page: the browser asks first.
        browser.addEventListener("beforeunload", (event) => {
            if (this.ledger.unsafe) {
                event.preventDefault();
                event.returnValue = "";
            }
        });
        this.ledger.flush();
        this.board.open();
    }
}

export const smartcashService = {
    dependencies: [
        "pos",
        "popup",
        "sound",
        "pos_notification",
        "contextual_utils_service",
        "bus_service",
        "pos_bus",
    ],
    start(env, dependencies) {
        try {
            return startService(env, dependencies);
        } catch (error) {
            return new NoMachines(error, dependencies);
        }
    },
};

function startService(env, dependencies) {
    const service = new SmartcashService(env, dependencies);
    service.start();
    registry.category("main_components").add("SmartcashPaymentDialog", {
        Component: PaymentDialogContainer,
        props: { service },
    });
    return service;
}

registry.category("services").add("smartcash", smartcashService);
