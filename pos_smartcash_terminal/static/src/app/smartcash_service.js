/** @odoo-module */

import { EventBus, markRaw, reactive } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { ErrorPopup } from "@point_of_sale/app/errors/popups/error_popup";
import { session } from "@web/session";

import { ByHandPopup } from "./payment/by_hand_popup/by_hand_popup";
import { isCashMove } from "./common/cash_move";
import { CashMoves } from "./cash_control/cash_moves";
import { browserStorage } from "./common/browser_storage";
import { systemClock } from "./common/clock";
import { LedgerClient } from "./ledger/ledger";
import { LevelsWatch } from "./levels/levels_watch";
import { MachineBoard } from "./machine_panel/machine_board";
import { fromMinor } from "./common/money";
import { IdleTimeout, freedMessage } from "./operation/idle_timeout";
import { NoMachines } from "./no_machines";
import { OperationRegistry } from "./operation/registry";
import { OpenWatch } from "./operation/open_watch";
import { PaymentDialogContainer } from "./payment_dialog/payment_dialog_container";
import { net } from "./common/progress";
import { ProgressHints } from "./driver/progress_hints";
import { SmartcashPayment } from "./payment/smartcash_payment";
import { messagesToShow, outOfReachText, refusalText } from "./common/texts";

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
        this.checks = new Map();
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
        this.operations = new OperationRegistry({
            ledger: this.ledger,
            devices: () =>
                this.pos.payment_methods.map(({ smartcash }) => smartcash?.device).filter(Boolean),
            servicesFor: (device) => this._servicesFor(device),
        });
        this.runners = this.operations.runners;
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
            isInReach: (op) => this.operations.isInReach(op),
            onChange: (board) => {
                this.state.board = markRaw(board);
            },
        });
        this.bus.addEventListener("settled", () => this.board.refreshSoon());
        this.cashMoves = new CashMoves(this);
        this.openWatch = new OpenWatch({
            ledger: this.ledger,
            isBusy: (uuid) => uuid in this.state.payments,
            look: (op) => this.look(op, { quietly: true }),
            onNews: (op, progress) => this._tellNews(op, progress),
        });
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
            running: this.operations.uuids,
            aside: new Set(
                Object.values(this.state.payments)
                    .filter(({ aside, view }) => aside && view.stage !== "ended")
                    .map(({ uuid }) => uuid)
            ),
            settled: new Set(done.map((line) => line.smartcash_uuid)),
        };
    }

    /**
     * Finds out what became of an open operation, whoever began it.
     *
     * @param {import("./driver/driver").Operation} op
     * @param {{quietly?: boolean}} [options] quietly: nothing comes to the front
     */
    look(op, options = {}) {
        if (isCashMove(op)) {
            return this.cashMoves.look(op, options);
        }
        const terminal = this.terminals.find(
            ({ payment_method }) => payment_method.id === op.paymentMethodId
        );
        if (!terminal) {
            if (!options.quietly) {
                this.sayOutOfReach(op, op.device);
            }
            return Promise.resolve(false);
        }
        return terminal.look(op, options);
    }

    /** The machine is back: what it holds reaches the cashier, though what to do is a question. */
    _tellNews(op, progress) {
        const { decimal_places } = this.pos.currency;
        const kept = this.env.utils.formatCurrency(fromMinor(net(progress), decimal_places));
        this.notification.add(
            _t(
                "%s: the machine holds %s more than before. Check it.",
                op.orderName || op.reference || "",
                kept
            ),
            10000
        );
        this.board.refreshSoon();
    }

    /**
     * Nobody is asked, and nothing is said about the money: the question stays open.
     *
     * @param {import("./driver/driver").Operation} op
     * @param {Object|null} device the operation's
     */
    sayOutOfReach(op, device) {
        this.popup.add(ErrorPopup, {
            title: _t("%s: check needed", op.orderName || op.reference || device?.name || ""),
            body: outOfReachText(device?.name),
        });
    }

    /** @returns {import("./driver/driver").Driver|null} null when this page cannot talk to the device */
    driverFor(device) {
        return this.operations.driverFor(device);
    }

    _servicesFor(device) {
        return {
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
     * @param {import("./operation/registry").Sink} sink
     * @param {{method: object, orderName: string, resume: boolean}} context
     * @returns {Promise<any>} what the sink makes of it
     */
    execute(op, sink, { method, resume, ...context }) {
        let idle = null;
        let last = null;
        const ended = () => {
            idle?.stop();
            if (last) {
                this._sayItIsFree(last, context.orderName);
            }
        };
        return this.operations.run(op, withEnd(sink, ended), {
            resume,
            usualDevice: method?.smartcash?.device,
            onView: (view, device) => {
                idle ??= new IdleTimeout({
                    minutes: device.idleMinutes || 0,
                    cancel: () => this.cancel(op.uuid),
                });
                idle.hear(view);
                last = idle.explain(view);
                this._onView(last, {
                    title: method?.name || device.name,
                    deviceName: device.name,
                    capabilities: device.capabilities || {},
                    ...context,
                });
            },
        });
    }

    /** The cashier may have gone on with other orders meanwhile. */
    _sayItIsFree(view, orderName) {
        const freed = freedMessage(view);
        if (freed) {
            const [{ text }] = messagesToShow([freed], "");
            this.notification.add([orderName, text].filter(Boolean).join(": "), 8000);
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
        return this.runners.get(uuid)?.cancel();
    }

    accept(uuid) {
        return this.runners.get(uuid)?.accept();
    }

    resend(uuid) {
        return this.runners.get(uuid)?.resend();
    }

    handedOver(uuid) {
        this.runners.get(uuid)?.handedOver();
    }

    /** Nobody here has the cash: what is owed stays a question. */
    leaveOwed(uuid) {
        this.runners.get(uuid)?.leaveOwed();
    }

    /**
     * It is booked as given out by hand: now it is given, or a manager is asked.
     *
     * @param {import("./driver/driver").Operation} op
     * @param {string} amount formatted
     */
    async tellToGiveOut(op, amount) {
        const { payload } = await this.popup.add(ByHandPopup, {
            amount,
            isPayout: true,
            isBooked: true,
            cancelKey: false,
        });
        if (payload?.hasNoCash) {
            this.ledger.notHandedOver(op.uuid);
            this.notification.add(
                _t("%s: a manager is asked to give it, or to decide otherwise.", amount),
                5000
            );
            this.board.refreshSoon();
        }
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
            this.board.redraw();
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
        // What somebody left for a manager to hand over waits on the panel, not in front.
        const remembered = this.ledger.storedOperations().filter((row) => !row.owedLeft);
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
        this.openWatch.start();
        this.ledger.flush();
        this.board.open();
    }
}

/** The same sink; `ended` is called first. */
function withEnd(sink, ended) {
    return {
        ...sink,
        settle: (...args) => {
            ended();
            return sink.settle(...args);
        },
    };
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
