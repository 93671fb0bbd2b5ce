/** @odoo-module */

import { Payment } from "@point_of_sale/app/store/models";
import { patch } from "@web/core/utils/patch";

import { fromMinor } from "@pos_smartcash_terminal/app/common/money";
import { SmartcashPayment } from "@pos_smartcash_terminal/app/payment/smartcash_payment";

/**
 * A payment line that a machine settles carries the uuid of its operation from before the first
 * request on and the device it runs on, and what went through the machine (minor units) once it has ended.
 * `smartcash_owed`: what nobody has handed over yet, though the line is settled.
 * `smartcash_requested`: a refund that the acquirer has not approved yet. `smartcash_saved`: the order
 * in Odoo has this payment too, so a copy from there loses nothing.
 */
patch(Payment.prototype, {
    setup() {
        super.setup(...arguments);
        this.smartcash_uuid = this.smartcash_uuid || null;
        this.smartcash_device = this.smartcash_device || null;
        this.smartcash_amount_in = this.smartcash_amount_in || 0;
        this.smartcash_amount_out = this.smartcash_amount_out || 0;
        this.smartcash_owed = this.smartcash_owed || 0;
        this.smartcash_card = this.smartcash_card || null;
        this.smartcash_requested = this.smartcash_requested || false;
        this.smartcash_saved = this.smartcash_saved || false;
    },

    init_from_JSON(json) {
        super.init_from_JSON(...arguments);
        this.smartcash_uuid = json.smartcash_uuid || null;
        this.smartcash_device = json.smartcash_device || null;
        this.smartcash_amount_in = json.smartcash_amount_in || 0;
        this.smartcash_amount_out = json.smartcash_amount_out || 0;
        this.smartcash_owed = json.smartcash_owed || 0;
        this.smartcash_card = json.smartcash_card || null;
        this.smartcash_requested = Boolean(json.smartcash_requested);
        this.smartcash_saved = Boolean(json.smartcash_saved);
    },

    export_as_JSON() {
        return {
            ...super.export_as_JSON(...arguments),
            smartcash_uuid: this.smartcash_uuid,
            smartcash_device: this.smartcash_device,
            smartcash_amount_in: this.smartcash_amount_in,
            smartcash_amount_out: this.smartcash_amount_out,
            smartcash_owed: this.smartcash_owed,
            smartcash_card: this.smartcash_card,
            smartcash_requested: this.smartcash_requested,
            smartcash_saved: this.smartcash_saved,
        };
    },

    export_for_printing() {
        const decimals = this.pos.currency.decimal_places;
        const isCash = !this.smartcash_card && this.payment_method.is_cash_count;
        const moved = isCash && (this.smartcash_amount_in || this.smartcash_amount_out);
        return {
            ...super.export_for_printing(...arguments),
            smartcash_card: this.smartcash_card,
            smartcash_requested: this.smartcash_requested,
            smartcash: moved
                ? {
                      isPayout: this.amount < 0,
                      inserted: fromMinor(this.smartcash_amount_in, decimals),
                      given: fromMinor(this.smartcash_amount_out, decimals),
                      owed: fromMinor(this.smartcash_owed, decimals),
                  }
                : null,
        };
    },

    isSmartcash() {
        return this.payment_method.payment_terminal instanceof SmartcashPayment;
    },

    /** The machine works on this line, holds money for it, or nobody knows yet. */
    isHeldByMachine() {
        return (
            this.isSmartcash() &&
            Boolean(this.smartcash_uuid) &&
            !["pending", "retry"].includes(this.payment_status)
        );
    },

    /** @override What a machine holds is changed by nobody who types, tips or adds. */
    set_amount() {
        if (!this.isHeldByMachine()) {
            super.set_amount(...arguments);
        }
    },

    /**
     * @param {string} uuid
     * @param {{id: number, name: string, driver: string, transport: string}|null} device where it
     *     runs, whoever looks for it later
     */
    startMachineOperation(uuid, device) {
        this.smartcash_uuid = uuid;
        const { id, name, driver, transport } = device || {};
        this.smartcash_device = id ? { id, name, driver, transport } : null;
        this.smartcash_saved = false;
        this.set_payment_status("waitingCapture");
    },

    /** @param {{amount: number}} result `amount`: major units, what the line is worth */
    completeMachineOperation({ amount, amountIn, amountOut, owed = 0, card = null }) {
        super.set_amount(amount);
        this.smartcash_owed = owed;
        this.smartcash_amount_in = amountIn;
        this.smartcash_amount_out = amountOut;
        this.smartcash_card = card;
        this.smartcash_requested =
            this.amount < 0 &&
            Boolean(this.payment_method.smartcash?.device?.capabilities?.refund_by_request);
        if (card) {
            this.card_type = card.brand || "";
            this.transaction_id = card.rrn || card.authorisation || "";
        }
        this.set_payment_status("done");
    },

    /** The machine kept nothing: the line is free again, and its next try is a new operation. */
    endMachineOperationWithNothing() {
        this.smartcash_uuid = null;
        this.smartcash_device = null;
        this.smartcash_saved = false;
        this.set_payment_status("retry");
    },

    /** @override A line that a machine has settled stays settled, whatever answer comes late. */
    set_payment_status(value) {
        if (value !== "done" && this.isHeldByMachine() && this.payment_status === "done") {
            return;
        }
        super.set_payment_status(...arguments);
    },

    /** @override The interface writes the status itself, on the line as it is when it has ended. */
    pay() {
        if (!this.isSmartcash()) {
            return super.pay(...arguments);
        }
        return this.payment_method.payment_terminal.pay(this);
    },
});
