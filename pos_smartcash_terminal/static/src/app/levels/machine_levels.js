/** @odoo-module */

import { Component, onWillDestroy, useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { useService } from "@web/core/utils/hooks";

import { formatOf, LevelsChart } from "./levels_chart";
import { lookInside } from "./look_inside";

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
        const found = await lookInside(this.smartcash, this.props.deviceId);
        // What somebody did at the machine itself was found with its levels.
        this.smartcash.board.refreshSoon();
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
