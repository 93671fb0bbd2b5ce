/** @odoo-module */

import { OPERATION_UNKNOWN } from "@pos_smartcash_terminal/app/driver/driver";

/** The documented codes of each call. With all of them nothing happened. */
export const EVERYWHERE = { "-1": "wrong_user" };
export const CODES = {
    startOperation: {
        "-2": "device_busy",
        "-3": "bad_amount",
        "-4": "not_permitted",
        "-99": "bad_parameters",
        "-998": "out_of_service",
        "-999": "service_stopped",
        "-1900": "loading",
    },
    acknowledgeOperationId: { "-2": OPERATION_UNKNOWN, "-3": "bad_parameters" },
    askOperation: { "-2": OPERATION_UNKNOWN },
    finishOperation: {
        "-2": "not_in_execution",
        "-99": "bad_parameters",
        "-999": "service_stopped",
    },
    setOperationImported: { "-2": OPERATION_UNKNOWN, "-3": "bad_parameters" },
};
/** Codes → what they mean for the runner; any other one is `not_started`. */
export const FAMILIES = {
    device_busy: "unavailable",
    loading: "unavailable",
    not_permitted: "denied",
    out_of_service: "unavailable",
    service_stopped: "unavailable",
    wrong_user: "denied",
    [OPERATION_UNKNOWN]: "unknown_operation",
};
/** Whatever any other call is refused with, nothing happened. */
export const WITH_EFFECT = [
    "startOperation",
    "acknowledgeOperationId",
    "finishOperation",
    "setOperationImported",
];
