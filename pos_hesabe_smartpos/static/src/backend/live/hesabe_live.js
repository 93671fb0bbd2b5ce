/** @odoo-module */

import { Component, onMounted, onWillUnmount, status, xml } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const WAITING = ["looking", "pending"];
const PAUSE = 2000; // ms between two looks
const LOOKS = 150; // then somebody presses "Check now"

/** Looks at Hesabe while the form is open and the customer is about to pay. */
export class HesabeLive extends Component {
    static template = xml`<div class="o_hesabe_live" />`;
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.looks = 0;
        onMounted(() => this.wait());
        onWillUnmount(() => clearTimeout(this.timer));
    }

    wait() {
        this.timer = setTimeout(() => this.look(), PAUSE);
    }

    async look() {
        const { record } = this.props;
        if (!WAITING.includes(record.data.state) || this.looks >= LOOKS) {
            return;
        }
        if (!document.hidden) {
            this.looks += 1;
            // A look that fails changes nothing: the next one may not.
            await this.orm.silent
                .call(record.resModel, "action_check", [[record.resId]])
                .then(() => record.load())
                .catch(() => {});
        }
        if (status(this) !== "destroyed") {
            this.wait();
        }
    }
}

registry.category("view_widgets").add("hesabe_live", { component: HesabeLive });
