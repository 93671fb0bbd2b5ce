/** @odoo-module */

import { Component, useState, xml } from "@odoo/owl";

import { isCashMove, isService } from "../common/cash_move";
import { PaymentDialog } from "./payment_dialog";
import { CardDialog } from "./payment_dialog_card";
import { CashMoveDialog } from "./payment_dialog_cash_move";
import { ServiceDialog } from "./payment_dialog_service";

/** Shows the operation in front; lives beside the screens, so that none of them can close it. */
export class PaymentDialogContainer extends Component {
    static template = xml`
        <t t-if="current" t-component="dialog" t-key="current.uuid" payment="current" service="props.service"/>
    `;
    static props = { service: Object };

    setup() {
        this.state = useState(this.props.service.state);
    }

    get dialog() {
        if (this.current.capabilities.card) {
            return CardDialog;
        }
        if (isService(this.current)) {
            return ServiceDialog;
        }
        return isCashMove(this.current) ? CashMoveDialog : PaymentDialog;
    }

    get current() {
        return Object.values(this.state.payments).find((payment) => !payment.aside);
    }
}
