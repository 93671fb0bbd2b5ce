/** @odoo-module */

/** Troubles that a look at the machine, or at its set-up, ends. */
const NEEDS_ATTENTION = ["wrong_user", "out_of_service", "service_stopped"];

/** How the machine is, from what it answered last: nothing is asked for it. */
export class CashdroHealth {
    constructor() {
        this._known = { state: "unknown", messages: [] };
        this._listeners = new Set();
    }

    /**
     * @param {(health: import("@pos_smartcash_terminal/app/machine_board").Health) => void} onHealth
     * @returns {() => void} stop
     */
    watch(onHealth) {
        this._listeners.add(onHealth);
        onHealth(this._known);
        return () => this._listeners.delete(onHealth);
    }

    answered() {
        this._tell("online", []);
    }

    /** @param {import("@pos_smartcash_terminal/app/driver").DriverError} error */
    failed({ code, message, detail }) {
        const messages = [{ code: detail?.code || code, text: message, level: "error" }];
        if (code === "unreachable" || detail?.cause?.code === "unreachable") {
            this._tell("offline", messages);
        } else if (NEEDS_ATTENTION.includes(detail?.code)) {
            this._tell("error", messages);
        }
    }

    _tell(state, messages) {
        this._known = { state, messages };
        this._listeners.forEach((listener) => listener(this._known));
    }
}
