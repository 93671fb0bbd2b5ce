/** As Odoo's `_t` in a page without translations: positional %s only. */
export function _t(term, ...values) {
    return values.reduce((text, value) => text.replace("%s", () => value), term);
}
