/** @odoo-module */

/**
 * Chrome's Local Network Access: a page must say that it means to reach the till itself or the
 * shop's network. Browsers without it know neither the option nor the permissions.
 */

const PERMISSIONS = { loopback: "loopback-network", local: "local-network" };
/** The one permission of Chrome 142 to 144, before it was split in two. */
const EARLIER_PERMISSION = "local-network-access";

/**
 * @param {string} url
 * @returns {"loopback"|"local"|null} null when the name does not tell
 */
export function addressSpace(url) {
    const host = new URL(url).hostname.replace(/^\[|\]$/g, "").toLowerCase();
    if (host === "localhost" || host.endsWith(".localhost") || host === "::1") {
        return "loopback";
    }
    if (/^127(\.\d+){3}$/.test(host)) {
        return "loopback";
    }
    const isPrivate =
        /^(10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\./.test(host) &&
        /^\d+(\.\d+){3}$/.test(host);
    if (
        isPrivate ||
        host.endsWith(".local") ||
        /^(f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/.test(host)
    ) {
        return "local";
    }
    return null;
}

/**
 * @param {string} url
 * @param {typeof Request} [RequestClass]
 * @returns {{targetAddressSpace?: string}} options for fetch; empty where not supported
 */
export function localNetworkOptions(url, RequestClass = globalThis.Request) {
    const targetAddressSpace = addressSpace(url);
    if (!targetAddressSpace || !RequestClass || !("targetAddressSpace" in RequestClass.prototype)) {
        return {};
    }
    try {
        new RequestClass(url, /** @type {RequestInit} */ ({ targetAddressSpace }));
    } catch {
        // An older draft of the option, with other words: it works without.
        return {};
    }
    return { targetAddressSpace };
}

/**
 * @param {string} url
 * @param {Permissions|undefined} permissions `navigator.permissions`
 * @returns {Promise<"granted"|"denied"|"prompt"|null>} null where the browser has no such thing
 */
export async function localNetworkPermission(url, permissions) {
    if (!permissions) {
        return null;
    }
    const names = [PERMISSIONS[addressSpace(url)], EARLIER_PERMISSION].filter(Boolean);
    for (const name of names) {
        try {
            const descriptor = /** @type {PermissionDescriptor} */ ({ name });
            return (await permissions.query(descriptor)).state;
        } catch {
            // A TypeError says that this browser does not know the name.
            continue;
        }
    }
    return null;
}
