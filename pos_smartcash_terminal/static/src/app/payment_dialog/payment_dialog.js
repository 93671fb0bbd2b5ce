/** @odoo-module */

import { Component, onWillUnmount, useExternalListener, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { useKeptFocus } from "../common/kept_focus";
import { fromMinor } from "../common/money";
import { pressOnce } from "../common/press_once";
import { messagesToShow, stepText } from "../common/texts";

/** ms after which a result that did not leave by itself can be closed. */
const RESULT_STAYS = 5000;

/**
 * The machine's face while money moves. It shows the runner's view and offers what is possible
 * now; it decides nothing and cannot be closed: it leaves when the operation has ended.
 */
export class PaymentDialog extends Component {
    static template = "pos_smartcash_terminal.PaymentDialog";
    static props = { payment: Object, service: Object };

    setup() {
        this.popup = useService("popup");
        this.pos = useService("pos");
        this.root = useRef("root");
        this.state = useState({ pressed: null, isStuck: false });
        const watchdog = browser.setInterval(() => this.lookWhetherStuck(), 1000);
        onWillUnmount(() => browser.clearInterval(watchdog));
        useKeptFocus(this.root, () => !this.isBehindPopup);
        for (const type of ["keydown", "keypress", "keyup"]) {
            useExternalListener(window, type, this.keepKeys, { capture: true });
        }
    }

    get isBehindPopup() {
        return Object.keys(this.popup.popups).length > 0;
    }

    /** Keys typed or scanned now belong to this dialog, not to the screen behind it. */
    keepKeys(event) {
        if (this.isBehindPopup) {
            return;
        }
        event.stopPropagation();
        if (!this.root.el?.contains(event.target)) {
            event.preventDefault();
        }
    }

    // ------------------------------------------------------------------ what it shows

    get view() {
        return this.props.payment.view;
    }

    get isPayout() {
        return this.props.payment.kind !== "sale";
    }

    /** A result leaves by itself; should anything go wrong with that, a person closes it. */
    lookWhetherStuck() {
        if (!this.isEnded || this.isQuestion) {
            this.endedAt = null;
            this.state.isStuck = false;
            return;
        }
        this.endedAt ??= Date.now();
        this.state.isStuck = Date.now() - this.endedAt >= RESULT_STAYS;
    }

    get canDismiss() {
        return this.state.isStuck;
    }

    dismiss() {
        this.props.service.finish(this.props.payment.uuid);
    }

    get isQuestion() {
        return this.step === "check";
    }

    get isEnded() {
        return this.view.stage === "ended" && !this.view.byHand;
    }

    /** One word for what goes on; also the class by which the dialog is coloured. */
    get step() {
        const { stage, byHand, result, lineAmount } = this.view;
        if (byHand) {
            return "by_hand";
        }
        if (stage !== "ended") {
            return stage;
        }
        if (result === "unknown") {
            return "check";
        }
        return lineAmount === 0 ? "nothing" : "paid";
    }

    get stepText() {
        return stepText(this.step, this.isPayout);
    }

    /** The largest line of a result: what the machine holds, where its own count says so. */
    get resultText() {
        const isCounted = this.view.messages.some(({ code }) => code === "outcome_counted");
        return this.isQuestion && isCounted
            ? _t("The machine kept %s", this.money(this.view.net))
            : this.stepText;
    }

    get isMoving() {
        return ["starting", "registering", "cancelling", "dispensing"].includes(this.step);
    }

    get isGivingOut() {
        return ["cancelling", "dispensing"].includes(this.step);
    }

    /** A footer without a button or a hint would be an empty strip. */
    get hasFooter() {
        const { byHand, canCancel, canAccept, canStopWaiting, canPutAside } = this.view;
        return Boolean(
            this.isQuestion ||
            this.isGivingOut ||
            this.canDismiss ||
            byHand ||
            canCancel ||
            canAccept ||
            canStopWaiting ||
            canPutAside
        );
    }

    /** A machine that gives out tells how much only when it has finished. */
    get isIndeterminate() {
        return this.isPayout && ["registering", "starting", "dispensing"].includes(this.step);
    }

    get isLost() {
        return this.step === "lost";
    }

    get isCovered() {
        return this.view.inserted >= this.view.due;
    }

    /** Inserted share of what is due, percent; for a payout, the share that came out. */
    get percent() {
        const { due, inserted, amountOut } = this.view;
        const moved = this.isPayout ? amountOut : inserted;
        return due > 0 ? Math.min(100, Math.round((100 * moved) / due)) : 0;
    }

    get givingBackText() {
        return _t("Giving back %s…", this.money(this.view.inserted));
    }

    get lostText() {
        return this.isPayout
            ? _t(
                  "No connection to the machine. Paid out so far: %s. Trying again…",
                  this.money(this.view.amountOut)
              )
            : _t(
                  "No connection to the machine. Money inserted so far: %s. Trying again…",
                  this.money(this.view.inserted)
              );
    }

    get byHandText() {
        return _t("Give %s by hand", this.money(this.view.byHand.amount));
    }

    get keepText() {
        return _t("Keep %s, rest otherwise", this.money(this.view.inserted));
    }

    get cancelText() {
        // Whether a machine that does not answer gives anything back, nobody knows.
        return this.view.inserted > 0 && !this.isLost ? _t("Cancel and give back") : _t("Cancel");
    }

    get messages() {
        const { messages, due, net } = this.view;
        return messagesToShow(messages, this.money(due), this.money(net));
    }

    /** Nothing has moved for long, though somebody answers. */
    get isSlow() {
        return this.view.slow && this.view.canPutAside && !this.isLost;
    }

    get slowText() {
        return this.isGivingOut || this.isPayout
            ? _t(
                  "Nothing new for a while: look at the machine. You can go on with other orders; this one is watched, and stays in the machine's panel."
              )
            : _t(
                  "Nothing new for a while. You can go on with other orders; this one is watched, and stays in the machine's panel."
              );
    }

    money(minor) {
        return this.env.utils.formatCurrency(fromMinor(minor, this.pos.currency.decimal_places));
    }

    // ------------------------------------------------------------------ what it offers

    cancel() {
        return this.props.service.cancel(this.props.payment.uuid);
    }

    accept() {
        this.press("accept", () => this.props.service.accept(this.props.payment.uuid));
    }

    handedOver() {
        this.press("handedOver", () => this.props.service.handedOver(this.props.payment.uuid));
    }

    leaveOwed() {
        this.press("handedOver", () => this.props.service.leaveOwed(this.props.payment.uuid));
    }

    check() {
        this.props.service.check(this.props.payment.uuid);
    }

    leaveOpen() {
        this.props.service.leaveOpen(this.props.payment.uuid);
    }

    stopWaiting() {
        this.press("stopWaiting", () => this.props.service.stopWaiting(this.props.payment.uuid));
    }

    putAside() {
        this.props.service.putAside(this.props.payment.uuid);
    }

    press(name, action) {
        return pressOnce(this.state, name, action);
    }
}
