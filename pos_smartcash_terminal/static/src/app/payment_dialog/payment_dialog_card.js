/** @odoo-module */

import { onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";

import { cardStepText, cardText } from "../common/texts";
import { PaymentDialog } from "./payment_dialog";

/** The same face for a card terminal: nothing is inserted, and a cancel is the terminal's to do. */
export class CardDialog extends PaymentDialog {
    static template = "pos_smartcash_terminal.CardDialog";

    setup() {
        super.setup();
        this.waited = useState({ seconds: 0 });
        this.state.isAsked = false;
        this.state.resentAt = null;
        const timer = browser.setInterval(() => this.waited.seconds++, 1000);
        onWillUnmount(() => browser.clearInterval(timer));
    }

    get stepText() {
        const { refund_by_request } = this.props.payment.capabilities;
        return cardStepText(this.step, this.isPayout, Boolean(refund_by_request));
    }

    get isGivingOut() {
        return false;
    }

    get slowText() {
        return _t(
            "Nothing new for a while: look at the terminal. You can go on with other orders; this one is watched, and stays in the panel."
        );
    }

    get isMoving() {
        return this.step !== "lost";
    }

    get isIndeterminate() {
        return true;
    }

    get lostText() {
        return _t("No connection to the terminal. Trying again…");
    }

    get presentText() {
        return _t("Present the card on %s", this.props.payment.deviceName);
    }

    get waitedText() {
        const { seconds } = this.waited;
        return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    }

    get canResend() {
        return this.view.canResend && this.props.payment.capabilities.resend && !this.isPayout;
    }

    get cancelText() {
        return _t("Stop waiting");
    }

    get cardText() {
        return cardText(this.view.card);
    }

    async resend() {
        this.state.resentAt = null;
        if (await this.props.service.resend(this.props.payment.uuid)) {
            this.state.resentAt = this.waitedText;
        }
    }

    get resentText() {
        return _t("Sent again (%s): look at the terminal.", this.state.resentAt);
    }

    /** The question goes away by itself when the answer no longer matters: the customer has paid. */
    get isAsking() {
        return this.state.isAsked && this.view.canCancel;
    }

    get firstCancelText() {
        return _t(
            "Cancel the payment on %s, then stop waiting here. If the customer pays anyway, we find the payment and tell the manager.",
            this.props.payment.deviceName
        );
    }

    /** @override The terminal cannot be told: what is on its screen, a person has to cancel there. */
    cancel() {
        if (this.step === "registering") {
            super.cancel();
        } else {
            this.state.isAsked = true;
        }
    }

    goOn() {
        this.state.isAsked = false;
    }

    stop() {
        this.press("stop", () => super.cancel());
    }
}
