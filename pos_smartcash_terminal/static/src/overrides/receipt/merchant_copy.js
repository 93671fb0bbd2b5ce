/** @odoo-module */

import { ReceiptScreen } from "@point_of_sale/app/screens/receipt_screen/receipt_screen";
import { ReprintReceiptScreen } from "@point_of_sale/app/screens/receipt_screen/reprint_receipt_screen";

import { MerchantCopyButton } from "@pos_smartcash_terminal/app/payment/merchant_copy/merchant_copy";

for (const Screen of [ReceiptScreen, ReprintReceiptScreen]) {
    Screen.components = { ...Screen.components, MerchantCopyButton };
}
