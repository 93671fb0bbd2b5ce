/** @odoo-module */

/**
 * A wet finger presses twice: while what a button asks for is under way, a second press does
 * nothing. After that the button works again, whatever came of it.
 *
 * @param {{pressed: string|null}} state of the dialog; `pressed` names the button
 * @param {string} name
 * @param {() => any} action may return a promise
 */
export async function pressOnce(state, name, action) {
    if (state.pressed === name) {
        return;
    }
    state.pressed = name;
    try {
        await action();
    } catch (error) {
        console.warn(`SmartCash: ${name} failed`, error);
    } finally {
        if (state.pressed === name) {
            state.pressed = null;
        }
    }
}
