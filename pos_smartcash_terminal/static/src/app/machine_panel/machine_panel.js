/** @odoo-module */

import { useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { ErrorPopup } from "@point_of_sale/app/errors/popups/error_popup";
import { AbstractAwaitablePopup } from "@point_of_sale/app/popup/abstract_awaitable_popup";

import { cashMachineOf } from "../cash_control/cash_machine";
import { allowedServices, isService } from "../common/cash_move";
import { kindText, serviceOutWords, serviceText } from "../cash_control/cash_words";
import { amountsInside } from "../levels/look_inside";
import { useKeptFocusOfPopup } from "../common/kept_focus";
import { MachineLevels } from "../levels/machine_levels";
import { fromMinor } from "../common/money";
import { MoneyOutPopup } from "../payment/money_out_popup/money_out_popup";
import { machineMessageText, machineText, openText } from "../common/texts";

/** The machines of this POS and what is open on them; each with the buttons that make sense now. */
export class MachinePanel extends AbstractAwaitablePopup {
    static template = "pos_smartcash_terminal.MachinePanel";
    static components = { MachineLevels };
    static defaultProps = { confirmKey: false };

    setup() {
        super.setup();
        this.pos = useService("pos");
        this.popup = useService("popup");
        this.smartcash = useService("smartcash");
        this.state = useState(this.smartcash.state);
        this.smartcash.board.refresh();
        this.isServing = false;
        useKeptFocusOfPopup(this, useRef("root"));
    }

    get board() {
        return this.state.board;
    }

    get heading() {
        return this.board?.hasCardsOnly ? _t("Card terminals") : _t("Machines");
    }

    /** Whose badge was shown at the till, not who logged in; behind the lock screen it is nobody. */
    get isManager() {
        return this.pos.get_cashier()?.role === "manager";
    }

    machineText(state) {
        return machineText(state);
    }

    machineMessageText(message) {
        return machineMessageText(message);
    }

    // ------------------------------------------------------------------ filling and emptying

    /** What the person at the till may do with a machine; Odoo asks again whether that is so. */
    services({ id, state }) {
        const method = cashMachineOf(this.pos);
        const isThis = method?.smartcash.device?.id === id;
        if (!isThis || !this.isManager || ["busy", "offline"].includes(state)) {
            return [];
        }
        return allowedServices(method.smartcash).map((kind) => ({ kind, text: serviceText(kind) }));
    }

    /** A wet finger presses twice: the second tap finds the panel on its way out. */
    async serve(kind) {
        if (this.isServing) {
            return;
        }
        this.isServing = true;
        this.confirm();
        const method = cashMachineOf(this.pos);
        const { cashMoves } = this.smartcash;
        if (!["empty", "collect"].includes(kind)) {
            cashMoves.serve(method, kind);
        } else if (await this.isMoneyOutConfirmed(method, kind)) {
            await (kind === "empty" ? cashMoves.emptyAll(method) : cashMoves.serve(method, kind));
        }
    }

    /** What is inside is seen before it comes out; of what nobody knows nothing comes out. */
    async isMoneyOutConfirmed(method, kind) {
        const inside = await amountsInside(this.smartcash, method.smartcash.device.id);
        if (!inside) {
            this.popup.add(ErrorPopup, {
                title: serviceText(kind),
                body: _t(
                    "The machine does not say now how much is inside, so nothing comes out. Check that it is switched on and not at work, then try again."
                ),
            });
            return false;
        }
        const withStacker = allowedServices(method.smartcash).includes("collect");
        const amount =
            (kind === "empty" ? inside.recyclers : 0) + (withStacker ? inside.stacker : 0);
        const { confirmed } = await this.popup.add(MoneyOutPopup, {
            ...serviceOutWords(kind, withStacker),
            amountOf: () => amount,
        });
        return confirmed;
    }

    // ------------------------------------------------------------------ an operation

    title({ op }) {
        return op.orderName || (isService(op) ? kindText(op.kind) : _t("Without an order"));
    }

    text(operation) {
        return openText(operation, {
            owed: this.money(operation.owed),
            isOurs: Boolean(this.order(operation)),
        });
    }

    /** What went into a machine was inserted; what went off a card was charged. */
    isCard({ op }) {
        const method = this.pos.payment_methods.find(({ id }) => id === op?.paymentMethodId);
        return Boolean(method?.smartcash?.device?.capabilities?.card);
    }

    order({ op }) {
        return this.pos.orders.find((order) => order.uid === op.orderUid && !order.finalized);
    }

    money(minor) {
        return this.env.utils.formatCurrency(fromMinor(minor, this.pos.currency.decimal_places));
    }

    checkText({ what }) {
        switch (what) {
            case "here":
            case "aside":
                return _t("Show");
            case "owed":
                return _t("Hand over");
            default:
                return _t("Check");
        }
    }

    canDecide({ asks, operationId }) {
        return this.isManager && asks && Boolean(operationId);
    }

    address({ operationId }) {
        return `/web#id=${operationId}&model=smartcash.operation&view_type=form`;
    }

    get unsafeText() {
        return _t(
            "This browser's storage is full or broken: %s records are on this page only. Don't close or reload it before Odoo has them; then free some space.",
            this.board.unsafe
        );
    }

    // ------------------------------------------------------------------ the buttons

    check({ op }) {
        this.confirm();
        this.smartcash.look(op);
    }

    goToOrder(operation) {
        const order = this.order(operation);
        this.confirm();
        this.pos.set_order(order);
        this.pos.showScreen("PaymentScreen");
    }

    tryAgain({ problemId }) {
        this.smartcash.ledger.retryProblem(problemId);
    }

    /** The session keeps what it said: nothing is dropped without a trace. */
    async dropDamaged({ key, text }) {
        await this.pos.smartcashNote(
            _t("A record of the till that could not be read was removed: %s %s", key, text)
        );
        this.smartcash.ledger.dropDamaged(key);
    }

    /**
     * A manager has settled it in Odoo: what Odoo would not have needs no further try. It may be the
     * only record of money, so the session keeps it before the browser drops it.
     */
    async dismiss({ problemId }) {
        const { ledger } = this.smartcash;
        const problem = ledger.problems().find(({ id }) => id === problemId);
        if (!problem) {
            return;
        }
        const { uuid, method, args, message } = problem;
        await this.pos.smartcashNote(
            _t(
                "The till dropped what Odoo had refused, as settled in Odoo: operation %s, %s. Odoo had said: %s",
                uuid,
                `${method} ${JSON.stringify(args)}`,
                message
            )
        );
        ledger.dismissProblem(problemId);
    }
}
