/** @odoo-module */

import {
    addressSpace,
    localNetworkOptions,
    localNetworkPermission,
} from "@pos_smartcash_terminal/app/driver/local_network";

/**
 * Why a request to the machine had no answer, as far as a browser lets a page know: it hides the
 * reason, so what it would have allowed tells the most.
 *
 * `browser_blocked` the user (or a policy) forbade local connections · `browser_asks` the browser's
 * question is not answered yet · `page_not_secure` only pages over https may ask for it ·
 * `mixed_content` a page over https may not ask a machine over http · `certificate` refused at once
 * and never answered before: most likely a certificate that this browser has not accepted ·
 * `silent` no answer
 *
 * @typedef {"browser_blocked"|"browser_asks"|"page_not_secure"|"mixed_content"|"certificate"|
 *     "silent"} Obstacle
 */

/**
 * @param {Object} params
 * @param {string} params.endpoint the machine's address
 * @param {string} [params.pageUrl] `location.href`
 * @param {Permissions} [params.permissions] `navigator.permissions`
 * @param {typeof Request} [params.Request]
 * @param {boolean} params.isSlow the request was given up, not refused
 * @param {boolean} params.hasAnswered the machine has answered this page before
 * @returns {Promise<Obstacle>}
 */
export async function findObstacle({
    endpoint,
    pageUrl,
    permissions,
    Request,
    isSlow,
    hasAnswered,
}) {
    const isPlainPage = !pageUrl || isPlainHttp(pageUrl);
    const permission = isNeighbour(pageUrl, endpoint)
        ? null
        : await localNetworkPermission(endpoint, permissions);
    if (permission === "denied") {
        return isPlainPage ? "page_not_secure" : "browser_blocked";
    }
    const isPlain = isPlainHttp(endpoint);
    if (isPlain && !isPlainPage && !mayBePlain(endpoint, Request)) {
        return "mixed_content";
    }
    if (permission === "prompt" && !hasAnswered) {
        return "browser_asks";
    }
    return isPlain || isSlow || hasAnswered ? "silent" : "certificate";
}

function isPlainHttp(url) {
    return new URL(url).protocol === "http:";
}

/** A page from the shop's own network, or from the till itself, needs nobody's permission. */
function isNeighbour(pageUrl, endpoint) {
    const space = pageUrl ? addressSpace(pageUrl) : null;
    return space === "loopback" || (space === "local" && addressSpace(endpoint) !== "loopback");
}

/** Over http from a page over https: itself, and what the browser lets a page name as local. */
function mayBePlain(endpoint, Request) {
    return (
        addressSpace(endpoint) === "loopback" ||
        "targetAddressSpace" in localNetworkOptions(endpoint, Request)
    );
}
