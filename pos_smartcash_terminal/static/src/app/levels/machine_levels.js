/** @odoo-module */

import { Component, onWillDestroy, useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { useService } from "@web/core/utils/hooks";

import { askOdoo } from "../cash_control/cash_machine";
import { formatOf, LevelsChart } from "./levels_chart";
import { readLevels } from "./read_levels";

/** How full one machine of this POS is, looked up when it is shown. */
export class MachineLevels extends Component {
    static template = "pos_smartcash_terminal.MachineLevels";
    static components = { LevelsChart };
    static props = { deviceId: Number };

    setup() {
        this.smartcash = useService("smartcash");
        this.state = useState({ levels: null, problem: "" });
        onWillDestroy(() => {
            this.isGone = true;
        });
        this.look();
    }

    async look() {
        const { smartcash } = this;
        const { deviceId } = this.props;
        const device = smartcash.devices.find(({ id }) => id === deviceId);
        const found = await readLevels({
            driver: device.transport === "server" ? null : smartcash.driverFor(device),
            ask: (inventory) =>
                askOdoo(smartcash.pos.orm, "smartcash.device", "levels", [[deviceId], inventory]),
        });
        // What somebody did at the machine itself was found with its levels.
        smartcash.board.refreshSoon();
        if (!this.isGone) {
            Object.assign(this.state, found);
        }
    }

    get total() {
        return formatOf(this.state.levels)(this.state.levels.total);
    }

    get isKnown() {
        return Boolean(this.state.levels?.takenAt);
    }

    get takenAt() {
        const taken = deserializeDateTime(this.state.levels.takenAt.replace("T", " ").slice(0, 19));
        const isToday = taken.hasSame(taken.constructor.local(), "day");
        return formatDateTime(taken, isToday ? { format: "HH:mm" } : {});
    }
}
