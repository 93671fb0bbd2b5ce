/** @odoo-module */

import { onMounted, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { CashOpeningPopup } from "@point_of_sale/app/store/cash_opening_popup/cash_opening_popup";

import { amountsOf } from "@pos_smartcash_terminal/app/common/amounts";
import {
    askOdoo,
    cashMachineOf,
    useCashCount,
} from "@pos_smartcash_terminal/app/cash_control/cash_machine";
import { differenceText } from "@pos_smartcash_terminal/app/cash_control/cash_words";
import { CountPanel } from "@pos_smartcash_terminal/app/cash_control/count_panel";
import { LedgerUnreachable } from "@pos_smartcash_terminal/app/ledger/errors";
import { BringList } from "@pos_smartcash_terminal/app/levels/levels_chart";

CashOpeningPopup.components = {
    ...CashOpeningPopup.components,
    SmartcashCountPanel: CountPanel,
    SmartcashBringList: BringList,
};

/** Where cash is in a machine, the machine is counted, and the session opens when Odoo has said so. */
patch(CashOpeningPopup.prototype, {
    setup() {
        super.setup(...arguments);
        this.machine = cashMachineOf(this.pos);
        if (!this.machine) {
            return;
        }
        this.amounts = amountsOf(this.env, this.pos.currency);
        this.opening = useState({ isUnderWay: false, problem: "" });
        const { machines = [] } = this.machine.smartcash;
        this.count = useCashCount(this, this.machine, "opening", machines);
        onMounted(() => this.count.run());
    },

    get smartcashDifference() {
        return this.count.counted - this.count.expected;
    },

    get smartcashDifferenceText() {
        return differenceText(this.smartcashDifference, this.amounts.format);
    },

    /** @override Core tells the server and does not wait for its answer. */
    async confirm() {
        if (!this.machine) {
            return super.confirm(...arguments);
        }
        if (this.opening.isUnderWay || !this.count.isReady) {
            return;
        }
        this.opening.isUnderWay = true;
        this.opening.problem = "";
        const { id } = this.pos.pos_session;
        try {
            await askOdoo(this.orm, "pos.session", "set_cashbox_pos", [
                id,
                this.amounts.toFloat(this.count.counted),
                this.state.notes,
            ]);
        } catch (error) {
            this.opening.problem =
                error instanceof LedgerUnreachable
                    ? _t(
                          "Odoo did not answer. Check the network, then press “Open session” again: it opens once."
                      )
                    : error.message;
            return;
        } finally {
            this.opening.isUnderWay = false;
        }
        this.pos.pos_session.state = "opened";
        this.props.close({ confirmed: true, payload: null });
    },
});
