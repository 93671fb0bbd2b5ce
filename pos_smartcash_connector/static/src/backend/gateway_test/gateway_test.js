/** @odoo-module */

import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { browser } from "@web/core/browser/browser";
import { RPCError } from "@web/core/network/rpc_service";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { deviceOf } from "@pos_smartcash_terminal/backend/device_of/device_of";
import { testConnection } from "@pos_smartcash_connector/app/connection_test";

const USER_ERROR = "odoo.exceptions.UserError";

/** What a verdict says about the device itself; all others are about the way to it. */
const STATE_OF_VERDICT = {
    ok: "online",
    machine_busy: "busy",
    machine_off: "offline",
    machine_error: "error",
    machine_unknown: "unknown",
};

/**
 * Tests from this very browser whether a till here reaches the machine, and says in plain words
 * what was found and what to do next.
 */
export class GatewayTest extends Component {
    static template = "pos_smartcash_connector.GatewayTest";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ isRunning: false, verdict: null });
    }

    get canTest() {
        return !this.state.isRunning && Boolean(this.props.record.data.endpoint);
    }

    async test() {
        this.state.isRunning = true;
        this.state.verdict = null;
        try {
            const { record } = this.props;
            if (await record.save()) {
                this.state.verdict = await this.findVerdict(record);
                await this.noteVerdict(record, this.state.verdict);
            }
        } finally {
            this.state.isRunning = false;
        }
    }

    async findVerdict(record) {
        return testConnection({
            endpoint: record.data.endpoint,
            deviceUid: record.data.uid,
            token: await this.askToken(deviceOf(record)),
            fetch: (...args) => browser.fetch(...args),
            Request: window.Request,
            permissions: browser.navigator.permissions,
            pageProtocol: browser.location.protocol,
            _t,
        });
    }

    /** @returns {Promise<string|null>} null when there is no pairing key yet: a verdict, no error */
    async askToken(resId) {
        try {
            const issued = await this.orm.call("smartcash.device", "gateway_test_token", [[resId]]);
            return issued.token;
        } catch (error) {
            if (error instanceof RPCError && error.exceptionName === USER_ERROR) {
                return null;
            }
            throw error;
        }
    }

    async noteVerdict(record, { code, title, inventory }) {
        const state = STATE_OF_VERDICT[code];
        if (state) {
            const values = { state, message: title, inventory };
            await this.orm.call("smartcash.device", "note_seen", [[deviceOf(record)], values]);
            await record.load();
        }
    }
}

registry.category("view_widgets").add("smartcash_gateway_test", {
    component: GatewayTest,
    fieldDependencies: [
        { name: "endpoint", type: "char" },
        { name: "uid", type: "char" },
    ],
});
