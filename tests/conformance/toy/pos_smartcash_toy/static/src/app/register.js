/** @odoo-module */

import { register_payment_method } from "@point_of_sale/app/store/pos_store";
import { SmartcashPayment } from "@pos_smartcash_terminal/app/payment/smartcash_payment";

// Odoo drives the machine: the base addon's ServerDriver is all that the till needs.
register_payment_method("toy", SmartcashPayment);
