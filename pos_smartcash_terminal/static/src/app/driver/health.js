/** @odoo-module */

/** How a device is, from what it answered last: nothing is asked for it. */
export class DriverHealth {
    /** @param {string[]} [needsAttention] codes that a look at the device, or at its set-up, ends */
    constructor(needsAttention = []) {
        this._needsAttention = needsAttention;
        /** @type {import("../machine_panel/machine_board").Health} */
        this._known = { state: "unknown", messages: [] };
        this._listeners = new Set();
    }

    /**
     * @param {(health: import("../machine_panel/machine_board").Health) => void} onHealth
     * @returns {() => void} stop
     */
    watch(onHealth) {
        this._listeners.add(onHealth);
        onHealth(this._known);
        return () => this._listeners.delete(onHealth);
    }

    answered() {
        this.tell("online", []);
    }

    /** @param {import("./driver").DriverError} error */
    failed({ code, message, detail }) {
        /** @type {import("../common/progress").Message[]} */
        const messages = [{ code: detail?.code || code, text: message, level: "error" }];
        if (code === "unreachable" || detail?.cause?.code === "unreachable") {
            this.tell("offline", messages);
        } else if (this._needsAttention.includes(detail?.code)) {
            this.tell("error", messages);
        }
    }

    /**
     * @param {import("../machine_panel/machine_board").Health["state"]} state
     * @param {import("../common/progress").Message[]} messages
     */
    tell(state, messages) {
        /** @type {import("../machine_panel/machine_board").Health} */
        this._known = { state, messages };
        this._listeners.forEach((listener) => listener(this._known));
    }
}
