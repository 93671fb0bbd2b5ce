/** @odoo-module */

import { register_payment_method } from "@point_of_sale/app/store/pos_store";
import { SmartcashPayment } from "@pos_smartcash_terminal/app/smartcash_payment";

// Through the server there is nothing else to do here: the base addon's driver asks Odoo.
register_payment_method("cashdro", SmartcashPayment);
