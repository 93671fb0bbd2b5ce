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

registry.category("web_tour.tours").add("SmartcashPairingCommand", {
    test: true,
    steps: () => [
        {
            content: "make a new key",
            trigger: "button[name='action_new_pairing_key']:contains('New pairing key')",
        },
        {
            content: "confirm that the old key no longer counts",
            trigger: ".modal-footer .btn-primary",
        },
        {
            content: "the command is there, and nothing of it is cut",
            trigger: ".smartcash-command span:contains('smartcash-gateway pair')",
            run: () => {
                const command = document.querySelector(".smartcash-command span");
                if (command.scrollWidth > command.parentElement.clientWidth) {
                    throw new Error(`${command.scrollWidth} px of command are cut`);
                }
            },
        },
        { content: "close it", trigger: ".modal-footer button:contains('Done')" },
        { content: "it is closed", trigger: "body:not(:has(.modal))", isCheck: true },
    ],
});
