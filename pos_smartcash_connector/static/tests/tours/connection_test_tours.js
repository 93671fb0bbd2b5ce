/** @odoo-module */

import { registry } from "@web/core/registry";

function testConnection(name, verdict, nextStep) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () => [
            {
                content: "test the connection from the device form",
                trigger: ".o_smartcash_gateway_test button:contains('Test connection')",
            },
            {
                content: `the verdict is ${verdict}`,
                trigger: `.o_smartcash_verdict[data-code="${verdict}"]`,
                isCheck: true,
            },
            {
                content: `the next step is: ${nextStep || "none"}`,
                trigger: nextStep
                    ? `.o_smartcash_next_step:contains("${nextStep}")`
                    : ".o_smartcash_verdict:not(:has(.o_smartcash_next_step))",
                isCheck: true,
            },
            {
                content: "the test is over",
                trigger: ".o_smartcash_gateway_test button:not(:disabled)",
                isCheck: true,
            },
        ],
    });
}

testConnection("SmartcashConnectionReady", "ok", "");
testConnection("SmartcashConnectionMachineOff", "machine_off", "Switch the machine on");
testConnection("SmartcashConnectionWrongKey", "wrong_key", "Make a new pairing key");
testConnection("SmartcashConnectionGatewayDown", "gateway_down", "Start smartcash-gateway");
