/** @odoo-module */

/** uids of orders whose last state the browser did not keep. */
const unsaved = new Set();

/**
 * Core saves an order with each change, and throws when the browser's storage is full: in the
 * middle of a payment that would cost the outcome. An order with a machine's line goes on; what the
 * browser did not keep is known to `saveOrder`.
 *
 * @param {{uid: string, paymentlines: object[]}} order
 * @param {() => void} save core's
 */
export function saveAsFarAsPossible(order, save) {
    try {
        save();
        unsaved.delete(order.uid);
    } catch (error) {
        unsaved.add(order.uid);
        if (!order.paymentlines.some((line) => line.isSmartcash())) {
            throw error;
        }
        console.warn("SmartCash: the browser did not save the order", error);
    }
}

/**
 * @param {import("@point_of_sale/app/store/models").Order|undefined} order
 * @returns {boolean} false: a reload brings back what was saved before
 */
export function saveOrder(order) {
    order?.save_to_db();
    return !unsaved.has(order?.uid);
}
