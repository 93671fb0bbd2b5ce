/** @odoo-module */

import { waitInToursNamed } from "@pos_smartcash_terminal/../tests/tours/helpers/patience";

waitInToursNamed("Hesabe");
