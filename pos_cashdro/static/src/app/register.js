/** @odoo-module */

import { register_payment_method } from "@point_of_sale/app/store/pos_store";
import { SmartcashPayment } from "@pos_smartcash_terminal/app/payment/smartcash_payment";

// For machines that the browser talks to itself; the base addon's driver serves those behind Odoo.
import "./cashdro_lan_driver";

register_payment_method("cashdro", SmartcashPayment);
