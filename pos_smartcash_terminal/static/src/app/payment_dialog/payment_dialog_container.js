/** @odoo-module */

import { Component, useState, xml } from "@odoo/owl";

import { PaymentDialog } from "./payment_dialog";

/** Shows the operation in front; lives beside the screens, so that none of them can close it. */
export class PaymentDialogContainer extends Component {
    static template = xml`
        <PaymentDialog t-if="current" t-key="current.uuid" payment="current" service="props.service"/>
    `;
    static components = { PaymentDialog };
    static props = { service: Object };

    setup() {
        this.state = useState(this.props.service.state);
    }

    get current() {
        return Object.values(this.state.payments).find((payment) => !payment.aside);
    }
}
