/** @odoo-module */

import { Component, onMounted, onWillDestroy, onWillUpdateProps, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";

/** ms; a tap that was meant for what stood here before (another amount, another screen) is none. */
const READING_TIME = 500;

/**
 * A button that says in full what it does, and that only a touch or a mouse presses: a scanner ends
 * with Enter, and Enter presses whatever button was touched last.
 */
export class TouchButton extends Component {
    static template = "pos_smartcash_terminal.TouchButton";
    static props = {
        text: String,
        onTouch: Function,
        class: { type: String, optional: true },
        isDisabled: { type: Boolean, optional: true },
    };
    static defaultProps = { class: "btn-primary", isDisabled: false };

    setup() {
        this.state = useState({ isReady: false, isPressed: false });
        onMounted(() => this.letRead());
        onWillUpdateProps((next) => {
            if (next.text !== this.props.text) {
                this.letRead();
            }
        });
        onWillDestroy(() => browser.clearTimeout(this.timer));
    }

    letRead() {
        browser.clearTimeout(this.timer);
        this.state.isReady = false;
        this.timer = browser.setTimeout(() => {
            this.state.isReady = true;
        }, READING_TIME);
    }

    get isOff() {
        return this.props.isDisabled || !this.state.isReady || this.state.isPressed;
    }

    /** A wet finger presses twice; what it starts starts once. */
    async press() {
        if (this.isOff) {
            return;
        }
        this.state.isPressed = true;
        try {
            await this.props.onTouch();
        } finally {
            this.state.isPressed = false;
        }
    }

    /** Escape and Tab go on to whom they are for. */
    ignoreKey(event) {
        if (["Enter", " "].includes(event.key)) {
            event.preventDefault();
        }
    }
}
