/** @odoo-module */

import { register_payment_method } from "@point_of_sale/app/store/pos_store";
import { SmartcashPayment } from "@pos_smartcash_terminal/app/payment/smartcash_payment";

// The driver registers itself; importing it here makes sure that it is there when it is asked for.
import "./gateway_driver";

register_payment_method("cashlogy", SmartcashPayment);
