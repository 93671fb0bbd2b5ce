/** @odoo-module */

/**
 * A storage that stores nothing, and says so.
 *
 * @type {Storage}
 */
const NO_STORAGE = Object.freeze({
    length: 0,
    key: () => null,
    getItem: () => null,
    setItem: () => {
        throw new Error("This browser stores nothing.");
    },
    removeItem: () => {},
    clear: () => {},
});

/**
 * The page's own localStorage. Odoo's `browser.localStorage` is memory as soon as the storage is
 * full or forbidden when the page comes up: what is written there looks safe and is not, and what
 * a full storage still holds could not be read.
 *
 * @param {{localStorage: Storage}} page `window`
 * @returns {Storage}
 */
export function browserStorage(page) {
    try {
        return page.localStorage || NO_STORAGE;
    } catch (error) {
        console.warn("SmartCash: this browser allows no storage", error);
        return NO_STORAGE;
    }
}
