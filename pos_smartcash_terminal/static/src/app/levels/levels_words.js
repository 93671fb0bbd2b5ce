/** @odoo-module */

import { _t } from "@web/core/l10n/translation";

const STATES = {
    ok: () => "",
    near_empty: () => _t("Nearly empty"),
    empty: () => _t("Empty"),
    near_full: () => _t("Nearly full"),
    full: () => _t("Full"),
};

/** @param {string} state @returns {string} empty when nothing is to be said */
export function levelText(state) {
    return STATES[state]();
}

/**
 * @param {import("./levels_picture").Level} level
 * @param {string} value formatted
 * @returns {string} "2 rolls: 80 × 0.50 €"
 */
export function bringText({ bring, rolls }, value) {
    if (!rolls) {
        return _t("%s × %s", bring, value);
    }
    return rolls === 1
        ? _t("1 roll: %s × %s", bring, value)
        : _t("%s rolls: %s × %s", rolls, bring, value);
}
