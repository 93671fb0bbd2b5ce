/** @odoo-module */

import { onMounted, useExternalListener } from "@odoo/owl";

const FOCUSABLE = "button:not(:disabled), a[href], input:not(:disabled), textarea, select, main";

/** Whether Tab stops here: what is shown, and a text only where it scrolls. */
function isStop(element) {
    const scrolls = element.scrollHeight > element.clientHeight;
    return element.getClientRects().length > 0 && (scrolls || !element.matches("main"));
}

/** What Tab goes to from here; past the last one it begins again. */
function nextIn(root, isBackwards) {
    const stops = [...root.querySelectorAll(FOCUSABLE)].filter(isStop);
    const at = stops.indexOf(document.activeElement);
    if (isBackwards) {
        return stops.at(Math.max(at, 0) - 1);
    }
    return stops[(at + 1) % stops.length];
}

/**
 * A dialog has the focus as long as it is in front: it begins on the dialog itself, not on one of
 * its buttons (a scanner ends with Enter), and Tab goes round among what the dialog offers.
 *
 * @param {{el: HTMLElement|null}} root with `tabindex="-1"`
 * @param {() => boolean} isInFront
 */
export function useKeptFocus(root, isInFront) {
    onMounted(() => root.el.focus());
    useExternalListener(
        window,
        "keydown",
        (event) => {
            if (event.key === "Tab" && root.el && isInFront()) {
                event.preventDefault();
                nextIn(root.el, event.shiftKey)?.focus();
            }
        },
        { capture: true }
    );
}

/**
 * The same for a popup of the POS.
 *
 * @param {import("@point_of_sale/app/popup/abstract_awaitable_popup").AbstractAwaitablePopup} popup
 * @param {{el: HTMLElement|null}} root
 */
export function useKeptFocusOfPopup(popup, root) {
    useKeptFocus(root, () => {
        const shown = Object.values(popup.env.services.popup.popups);
        return shown.at(-1)?.props.zIndex === popup.props.zIndex;
    });
}
