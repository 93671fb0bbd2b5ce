/** @odoo-module */

/**
 * @param {import("@web/model/relational_model/record").Record} record a device's form, or one that leads to
 *     a device
 * @returns {number} the device's id
 */
export function deviceOf({ resModel, resId, data }) {
    return resModel === "smartcash.device" ? resId : data.device_id[0];
}
