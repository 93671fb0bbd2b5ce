/** @odoo-module */

/**
 * The one border between Odoo's floats and the integers that every wire, ledger and
 * comparison of SmartCash uses: minor units (EUR cents, KWD fils).
 */

/** Decimal digits that survive a float product; hides the noise of 5.10 * 100. */
const FLOAT_DIGITS = 15;

/**
 * @param {number} decimals
 * @returns {number} minor units per major unit
 */
function factor(decimals) {
    if (!Number.isInteger(decimals) || decimals < 0 || decimals > 6) {
        throw new RangeError(`A currency has 0 to 6 decimal places, not ${decimals}.`);
    }
    return 10 ** decimals;
}

/**
 * @param {number} amount major units, as Odoo's monetary fields hold them
 * @param {number} decimals the currency's `decimal_places`
 * @returns {number} integer, minor units
 */
export function toMinor(amount, decimals) {
    const product = amount * factor(decimals);
    // Half a unit is rounded away from zero on both sides, as Odoo's currency rounding does.
    const rounded =
        Math.sign(product) * Math.round(Math.abs(Number(product.toPrecision(FLOAT_DIGITS))));
    if (typeof amount !== "number" || !Number.isSafeInteger(rounded)) {
        throw new RangeError(`${amount} is not an amount of money.`);
    }
    return rounded + 0; // never -0
}

/**
 * @param {number} minor integer, minor units
 * @param {number} decimals the currency's `decimal_places`
 * @returns {number} major units
 */
export function fromMinor(minor, decimals) {
    if (!Number.isSafeInteger(minor)) {
        throw new RangeError(`${minor} is not an integer amount in minor units.`);
    }
    return minor / factor(decimals) + 0;
}

/**
 * @param {number} minor integer, minor units, 0 or more
 * @param {number} step minor units; 0: nothing is rounded
 * @returns {number} the next multiple of `step`
 */
export function roundedUp(minor, step) {
    return step ? Math.ceil(minor / step) * step : minor;
}
