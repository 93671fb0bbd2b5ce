/** @odoo-module */

import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { useSmartcash } from "../common/use_smartcash";
import { machineText } from "../common/texts";
import { MachinePanel } from "./machine_panel";

/** The machine in the navbar: how it is, and how many operations ask for somebody. */
export class MachineButton extends Component {
    static template = "pos_smartcash_terminal.MachineButton";
    static props = {};

    setup() {
        this.popup = useService("popup");
        this.state = useState(useSmartcash()?.state || { board: null });
        this.isOpen = false;
    }

    get board() {
        return this.state.board;
    }

    /** Nothing to show at a POS without a machine. */
    get isShown() {
        return Boolean(this.board && (this.board.machines.length || this.board.questions));
    }

    get machineState() {
        return this.board.state || "unknown";
    }

    get icon() {
        return this.board.hasCardsOnly ? "fa-credit-card" : "fa-money";
    }

    get title() {
        const state = machineText(this.machineState);
        return this.board.hasCardsOnly ? _t("Card terminal: %s", state) : _t("Machine: %s", state);
    }

    async open() {
        if (this.isOpen) {
            return;
        }
        this.isOpen = true;
        try {
            await this.popup.add(MachinePanel, {});
        } finally {
            this.isOpen = false;
        }
    }
}
