/** @odoo-module */

import { systemClock } from "@pos_smartcash_terminal/app/common/clock";
import {
    addressSpace,
    localNetworkPermission,
} from "@pos_smartcash_terminal/app/driver/local_network";
import { GatewayClient } from "./gateway_client";

/**
 * @typedef {Object} Verdict
 * @property {boolean} ok
 * @property {string} code
 * @property {string} title in a few words
 * @property {string} text what was found
 * @property {string} nextStep what to do about it; empty when all is well
 * @property {Object|null} inventory what the machine said is inside
 */

/** @type {Object<string, (_t: (term: string) => string) => [string, string, string]>} */
const VERDICTS = {
    ok: (_t) => [_t("Ready"), _t("The gateway answers and the machine is ready."), ""],
    machine_busy: (_t) => [
        _t("Ready, busy now"),
        _t("The gateway answers and the machine is working on an operation."),
        "",
    ],
    bad_address: (_t) => [
        _t("No valid address"),
        _t("The gateway's address is not one that a browser can open."),
        _t("Enter it like http://127.0.0.1:8787, as the gateway prints it when it starts."),
    ],
    gateway_down: (_t) => [
        _t("The gateway does not answer"),
        _t("Nothing listens at the gateway's address."),
        _t(
            "Start smartcash-gateway on this till and compare its address with the one here. Test from the till itself: 127.0.0.1 is the computer that this browser runs on."
        ),
    ],
    browser_blocked: (_t) => [
        _t("The browser blocks local connections"),
        _t("This browser was told not to let Odoo connect to devices on this computer or network."),
        _t(
            "Click the icon left of the address bar, allow local network access for this site, and test again."
        ),
    ],
    browser_asks: (_t) => [
        _t("The browser needs your permission"),
        _t(
            "This browser lets Odoo connect to the gateway only after you allow it, or the gateway is not running."
        ),
        _t(
            "Test again and press Allow when the browser asks. If it does not ask, start smartcash-gateway."
        ),
    ],
    mixed_content: (_t) => [
        _t("The browser wants a secure connection"),
        _t(
            "Odoo is opened over https, the gateway over plain http on another computer: browsers block that."
        ),
        _t(
            "Give the gateway a certificate and use its https address, or run it on the till itself at 127.0.0.1."
        ),
    ],
    not_a_gateway: (_t) => [
        _t("Something else answers"),
        _t("At this address there is a program that is no SmartCash gateway."),
        _t("Check the port: the gateway uses 8787 unless told otherwise."),
    ],
    host_refused: (_t) => [
        _t("The gateway has another name"),
        _t("The gateway is not reached under the address that it listens on."),
        _t("Use the gateway's own address, as it prints it when it starts."),
    ],
    origin_refused: (_t) => [
        _t("The gateway does not trust this Odoo"),
        _t("The address of this Odoo is not in the gateway's list of origins."),
        _t("Run smartcash-gateway pair on the till with this Odoo's address, then test again."),
    ],
    not_paired: (_t) => [
        _t("The gateway is not paired"),
        _t("The gateway answers and has no pairing key yet."),
        _t("Make a new pairing key on this form and enter it with smartcash-gateway pair."),
    ],
    wrong_key: (_t) => [
        _t("Wrong pairing key"),
        _t("The gateway answers and has another pairing key than Odoo."),
        _t("Make a new pairing key on this form and enter it with smartcash-gateway pair."),
    ],
    wrong_device: (_t) => [
        _t("The gateway serves another machine"),
        _t("The gateway answers and was paired for another device of Odoo."),
        _t("Check the address, or pair the gateway again from this form."),
    ],
    clock_wrong: (_t) => [
        _t("A clock is wrong"),
        _t("Odoo's permission is out of date when it reaches the gateway."),
        _t("Set the clocks of this till and of the Odoo server; both should follow a time server."),
    ],
    no_token: (_t) => [
        _t("No permission from Odoo"),
        _t("The gateway answers, and Odoo issued no permission for the test."),
        _t("Make a pairing key on this form first; then test again as a manager."),
    ],
    machine_off: (_t) => [
        _t("The machine is switched off"),
        _t("The gateway answers, the machine does not."),
        _t(
            "Switch the machine on and check that CashlogyConnector runs. The first start takes about a minute."
        ),
    ],
    machine_error: (_t) => [
        _t("The machine reports a fault"),
        _t("The gateway answers and the machine wants attention."),
        _t("Look at the machine's display and clear the fault, then test again."),
    ],
    machine_unknown: (_t) => [
        _t("The machine is starting"),
        _t("The gateway answers and does not know the machine's state yet."),
        _t("Wait a minute and test again. If it stays so, check CashlogyConnector."),
    ],
};

const BY_PROBLEM = {
    host_refused: "host_refused",
    origin_refused: "origin_refused",
    not_paired: "not_paired",
    token_invalid: "wrong_key",
    token_wrong_device: "wrong_device",
    token_expired: "clock_wrong",
    token_missing: "no_token",
    token_scope: "no_token",
    device_offline: "machine_off",
};
const BY_DEVICE_STATE = {
    online: "ok",
    busy: "machine_busy",
    offline: "machine_off",
    error: "machine_error",
    unknown: "machine_unknown",
};

/**
 * Why does this browser reach the machine, or why not, and what is the next step?
 *
 * @param {Object} params
 * @param {string} params.endpoint the gateway's address
 * @param {string} params.deviceUid as Odoo knows the device
 * @param {string|null} params.token short status token; null when Odoo gave none
 * @param {typeof fetch} params.fetch
 * @param {Permissions} [params.permissions] `navigator.permissions`
 * @param {string} params.pageProtocol `location.protocol`
 * @param {typeof Request} [params.Request]
 * @param {import("@pos_smartcash_terminal/app/common/clock").Clock} [params.clock]
 * @param {(term: string) => string} [params._t]
 * @returns {Promise<Verdict>}
 */
export async function testConnection(params) {
    const { _t = (term) => term } = params;
    const { code, detail, inventory = null } = await diagnose(params);
    const [title, text, nextStep] = VERDICTS[code](_t);
    return {
        ok: code === "ok" || code === "machine_busy",
        code,
        title,
        text: detail ? `${text} ${detail}` : text,
        nextStep,
        inventory,
    };
}

async function diagnose(params) {
    const { endpoint, deviceUid, token, fetch, Request, clock = systemClock } = params;
    if (!isAddress(endpoint)) {
        return { code: "bad_address" };
    }
    const client = new GatewayClient({ endpoint, fetch, Request, clock, _t: params._t });
    let health;
    try {
        health = await client.health();
    } catch (error) {
        return { code: await whyNoHealth(error, params) };
    }
    const failing = judgeHealth(health, deviceUid);
    if (failing) {
        return { code: failing };
    }
    if (!token) {
        return { code: "no_token" };
    }
    try {
        return judgeDevice(await client.device(token));
    } catch (error) {
        const code = BY_PROBLEM[error.detail?.code];
        return { code: code || (error.code === "unreachable" ? "gateway_down" : "not_a_gateway") };
    }
}

function isAddress(endpoint) {
    try {
        return ["http:", "https:"].includes(new URL(endpoint).protocol);
    } catch {
        return false;
    }
}

async function whyNoHealth(error, { endpoint, pageProtocol, permissions }) {
    if (error.code !== "unreachable") {
        return BY_PROBLEM[error.detail?.code] || "not_a_gateway";
    }
    // A browser hides why a request failed; what it would have allowed tells the most.
    const permission = await localNetworkPermission(endpoint, permissions);
    if (permission === "denied") {
        return "browser_blocked";
    }
    const isPlain = new URL(endpoint).protocol === "http:";
    if (pageProtocol === "https:" && isPlain && addressSpace(endpoint) !== "loopback") {
        return "mixed_content";
    }
    return permission === "prompt" && pageProtocol === "https:" ? "browser_asks" : "gateway_down";
}

function judgeHealth(health, deviceUid) {
    if (health.status !== "ok" || !("device_state" in health)) {
        return "not_a_gateway";
    }
    if (health.origin_allowed === false) {
        return "origin_refused";
    }
    if (health.paired === false) {
        return "not_paired";
    }
    return health.device && health.device !== deviceUid ? "wrong_device" : null;
}

function judgeDevice(device) {
    const code = BY_DEVICE_STATE[device.state] || "not_a_gateway";
    const texts = (device.errors || []).map((error) => error.text).filter(Boolean);
    return {
        code,
        detail: code === "machine_error" ? texts.join(" ") : "",
        // While money moves a count is wrong in a moment.
        inventory: device.operation ? null : device.inventory,
    };
}
