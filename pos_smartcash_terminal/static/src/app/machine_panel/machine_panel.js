/** @odoo-module */

import { useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { ConfirmPopup } from "@point_of_sale/app/utils/confirm_popup/confirm_popup";
import { AbstractAwaitablePopup } from "@point_of_sale/app/popup/abstract_awaitable_popup";

import { cashMachineOf } from "../cash_control/cash_machine";
import { allowedServices, isService } from "../cash_control/cash_move";
import { kindText, serviceText } from "../cash_control/cash_words";
import { MachineLevels } from "../levels/machine_levels";
import { fromMinor } from "../money";
import { machineMessageText, machineText, openText } from "../words";

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
    }

    get board() {
        return this.state.board;
    }

    get heading() {
        return this.board?.hasCardsOnly ? _t("Card terminals") : _t("Machines");
    }

    get isManager() {
        return this.pos.user.role === "manager";
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
        const cashier = this.pos.get_cashier() || this.pos.user;
        const isThis = method?.smartcash.device?.id === id;
        if (!isThis || cashier.role !== "manager" || ["busy", "offline"].includes(state)) {
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
        if (kind !== "empty") {
            this.smartcash.cashMoves.serve(method, kind);
            return;
        }
        const { confirmed } = await this.popup.add(ConfirmPopup, {
            title: _t("Empty all"),
            body: allowedServices(method.smartcash).includes("collect")
                ? _t(
                      "All coins and notes of the recyclers come out, then the stacker is taken out. The machine cannot give change until it is filled again."
                  )
                : _t(
                      "All coins and notes of the recyclers come out. The machine cannot give change until it is filled again."
                  ),
            confirmText: _t("Empty all"),
        });
        if (confirmed) {
            this.smartcash.cashMoves.emptyAll(method);
        }
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

    order({ op }) {
        return this.pos.orders.find((order) => order.uid === op.orderUid && !order.finalized);
    }

    money(minor) {
        return this.env.utils.formatCurrency(fromMinor(minor, this.pos.currency.decimal_places));
    }

    checkText({ what }) {
        switch (what) {
            case "here":
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
        await this.pos.logEmployeeMessage(
            _t("A record of the till that could not be read was removed: %s %s", key, text),
            "ACTION_CANCELLED"
        );
        this.smartcash.ledger.dropDamaged(key);
    }

    /** A manager has settled it in Odoo: what Odoo would not have needs no further try. */
    dismiss({ problemId }) {
        this.smartcash.ledger.dismissProblem(problemId);
    }
}
