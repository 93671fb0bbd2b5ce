/** @odoo-module */

import { patch } from "@web/core/utils/patch";
import { Navbar } from "@point_of_sale/app/navbar/navbar";
import { CashMovePopup } from "@point_of_sale/app/navbar/cash_move_popup/cash_move_popup";
import { useAsyncLockedMethod } from "@point_of_sale/app/utils/hooks";

import { cashMachineOf } from "@pos_smartcash_terminal/app/cash_control/cash_machine";
import { smartcashOf } from "@pos_smartcash_terminal/app/common/use_smartcash";

patch(Navbar.prototype, {
    setup() {
        super.setup(...arguments);
        // A second tap would open a second closing dialog.
        this.closeSession = useAsyncLockedMethod(this.closeSession);
    },

    /** @override The drawer stays shut: the machine gives and takes. */
    onCashMoveButtonClick() {
        if (!cashMachineOf(this.pos)) {
            return super.onCashMoveButtonClick(...arguments);
        }
        const smartcash = smartcashOf(this.env);
        const current = smartcash?.cashMoves.current;
        if (current) {
            smartcash.bringToFront(current);
        } else {
            this.popup.add(CashMovePopup);
        }
    },
});
