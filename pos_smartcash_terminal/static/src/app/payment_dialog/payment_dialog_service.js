/** @odoo-module */

import { _t } from "@web/core/l10n/translation";

import { kindText } from "../cash_control/cash_words";
import { CashMoveDialog } from "./payment_dialog_cash_move";

const PIECES = ["pieces_in", "pieces_out"];

/** The same face for what a manager does with the machine: filling, emptying, changing notes. */
export class ServiceDialog extends CashMoveDialog {
    static template = "pos_smartcash_terminal.ServiceDialog";

    get kind() {
        return this.props.payment.kind;
    }

    get title() {
        return kindText(this.kind);
    }

    /** Nobody puts anything in. */
    get isPayout() {
        return ["collect", "empty", "transfer"].includes(this.kind);
    }

    /** What was moved stays until it has been read. */
    get canClose() {
        return this.isEnded && !this.isQuestion && this.step === "paid";
    }

    /** @override It has a button of its own to close it. */
    get canDismiss() {
        return super.canDismiss && !this.canClose;
    }

    get hasFooter() {
        return super.hasFooter || this.canClose;
    }

    get step() {
        const step = super.step;
        if (!["paid", "nothing"].includes(step)) {
            return step;
        }
        return this.view.result === "nothing" ? "nothing" : "paid";
    }

    get isIndeterminate() {
        return super.isIndeterminate || this.step === "collecting";
    }

    get isGivingOut() {
        return super.isGivingOut && this.kind !== "collect";
    }

    get stepText() {
        switch (this.step) {
            case "collecting":
                return _t("Waiting for the stacker");
            case "cancelling":
                return this.kind === "collect" ? _t("Cancelling") : super.stepText;
            case "paid":
                return this.doneText;
            case "nothing":
                return _t("Nothing moved");
            default:
                return super.stepText;
        }
    }

    get doneText() {
        switch (this.kind) {
            case "fill":
                return _t("Put in");
            case "exchange":
                return _t("Changed");
            case "transfer":
                return _t("Now in the stacker");
            default:
                return _t("Taken out");
        }
    }

    get instruction() {
        switch (this.kind) {
            case "fill":
                return _t("Put in coins and notes. Press “Finish” when all is in.");
            case "exchange":
                return _t("Put in the notes or coins. Press “Give change” when all is in.");
            case "collect":
                return _t("Take the stacker out, empty it, and put it back.");
            case "transfer":
                return _t("The notes go into the stacker. Nothing comes out.");
            default:
                return _t("All coins and notes come out. Take them as they come.");
        }
    }

    get keepText() {
        return this.kind === "exchange"
            ? _t("Give change for %s", this.money(this.view.inserted))
            : super.keepText;
    }

    get movedAmount() {
        return this.isPayout ? this.view.amountOut : this.view.inserted;
    }

    get messages() {
        return super.messages.filter(({ code }) => !PIECES.includes(code));
    }

    /** Which pieces went in and came out, as the machine counts them. */
    get pieces() {
        return this.view.messages
            .filter(({ code }) => PIECES.includes(code))
            .map(({ code, text }) => ({
                code,
                label: code === "pieces_in" ? _t("In") : _t("Out"),
                list: text.split(", "),
            }));
    }

    close() {
        this.press("close", () => this.props.service.cashMoves.dismiss(this.props.payment.uuid));
    }
}
