/** @odoo-module */

import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { deviceOf } from "@pos_smartcash_terminal/backend/device_of/device_of";
import { testConnection } from "@pos_cashdro/app/cashdro_connection_test";

/** Tests from this very browser whether a till here reaches the machine, and says what to do next. */
export class CashdroConnectionTest extends Component {
    static template = "pos_cashdro.ConnectionTest";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ isRunning: false, verdict: null });
    }

    async test() {
        this.state.isRunning = true;
        this.state.verdict = null;
        try {
            const { record } = this.props;
            if (await record.save()) {
                this.state.verdict = await this.findVerdict(deviceOf(record));
                await this.noteVerdict(record, this.state.verdict);
            }
        } finally {
            this.state.isRunning = false;
        }
    }

    async findVerdict(id) {
        const { user, password, network_account_warning, ...machine } = await this.orm.call(
            "smartcash.device",
            "cashdro_test_access",
            [[id]]
        );
        return testConnection({
            ...machine,
            networkAccountWarning: network_account_warning,
            access: { user, password },
            fetch: (...args) => browser.fetch(...args),
            Request: window.Request,
            permissions: browser.navigator.permissions,
            pageUrl: browser.location.href,
            _t,
        });
    }

    async noteVerdict(record, { state, text, inventory }) {
        const seen = { state, message: text, inventory };
        await this.orm.call("smartcash.device", "note_seen", [[deviceOf(record)], seen]);
        await record.load();
    }
}

registry.category("view_widgets").add("smartcash_cashdro_test", {
    component: CashdroConnectionTest,
});
