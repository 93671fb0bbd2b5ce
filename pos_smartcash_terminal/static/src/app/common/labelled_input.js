/** @odoo-module */

import { Input } from "@point_of_sale/app/generic_components/inputs/input/input";

/** A field may say what it is for to a screen reader, where no text on the screen does. */
Input.props = { ...Input.props, accessibleName: { type: String, optional: true } };
