/** @odoo-module */

import { Navbar } from "@point_of_sale/app/navbar/navbar";

import { MachineButton } from "@pos_smartcash_terminal/app/machine_panel/machine_button";

Navbar.components = { ...Navbar.components, SmartcashMachineButton: MachineButton };
