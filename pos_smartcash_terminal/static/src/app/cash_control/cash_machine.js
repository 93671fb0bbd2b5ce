/** @odoo-module */

import { useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { parseFloat } from "@web/views/fields/parsers";

import { systemClock, withTimeout } from "../clock";
import { LedgerUnreachable, ledgerError } from "../ledger_errors";
import { fromMinor, toMinor } from "../money";
import { SmartcashPayment } from "../smartcash_payment";
import { refusalText } from "../words";
import { MachineCount, MachineSilent } from "./machine_count";

const CALL_TIMEOUT = 30000;

/**
 * The payment method of a POS whose cash is in a machine; null when cash is in a drawer.
 *
 * @param {import("@point_of_sale/app/store/pos_store").PosStore} pos
 * @returns {object|null}
 */
export function cashMachineOf(pos) {
    return (
        pos.payment_methods.find(
            (method) =>
                pos.config.payment_method_ids.includes(method.id) &&
                method.is_cash_count &&
                method.payment_terminal instanceof SmartcashPayment
        ) || null
    );
}

/** A page that has just come up meets a network that has too: one lost answer is no verdict. */
async function readInventory(driver) {
    try {
        return await driver.inventory();
    } catch (error) {
        if (error.code !== "unreachable") {
            throw error;
        }
        return driver.inventory();
    }
}

/**
 * The machine's inventory, from the till.
 *
 * @param {import("../smartcash_service").SmartcashService} smartcash
 * @param {object} method
 * @returns {Promise<Object|null>} null when Odoo itself talks to the machine
 * @throws {MachineSilent} it cannot be counted now
 */
async function lookInto(smartcash, method) {
    const { device, refusal } = method.smartcash;
    if (!device) {
        throw new Error(refusal || refusalText("no_method"));
    }
    if (device.transport === "server") {
        return null;
    }
    const driver = smartcash.driverFor(device);
    if (!driver) {
        throw new MachineSilent(refusalText("no_driver"));
    }
    let seen;
    try {
        seen = await readInventory(driver);
    } catch (error) {
        throw new MachineSilent(error.message);
    }
    if (seen.operation || seen.state === "busy") {
        throw new Error(
            _t("The machine is at work. Wait until it has finished, then count again.")
        );
    }
    if (!seen.inventory) {
        // What its gateway says of the wire helps no cashier.
        throw new MachineSilent(
            _t("The machine does not answer. Check that it is switched on, then count again.")
        );
    }
    return seen.inventory;
}

/**
 * Asks Odoo, and waits no longer than a person would.
 *
 * @param {object} orm
 * @param {string} model
 * @param {string} method
 * @param {any[]} args
 * @returns {Promise<any>} rejects with LedgerUnreachable or LedgerFault
 */
export async function askOdoo(orm, model, method, args) {
    try {
        return await withTimeout(
            systemClock,
            orm.silent.call(model, method, args),
            CALL_TIMEOUT,
            () => new LedgerUnreachable(new Error(`${method}: no answer`))
        );
    } catch (error) {
        throw ledgerError(error);
    }
}

/**
 * Amounts of this POS: minor units ↔ what people type and read.
 *
 * @param {object} env
 * @param {object} currency
 */
export function amountsOf(env, currency) {
    const decimals = currency.decimal_places;
    return {
        /** @returns {string} with the currency */
        format: (minor) => env.utils.formatCurrency(fromMinor(minor, decimals)),
        /** @returns {string} as it is typed */
        write: (minor) => env.utils.formatCurrency(fromMinor(minor, decimals), false),
        /** @returns {number|null} null: not an amount; nothing typed is 0 */
        parse: (text) =>
            env.utils.isValidFloat(text) ? toMinor(parseFloat(text), decimals) : null,
        toFloat: (minor) => fromMinor(minor, decimals),
        toMinor: (amount) => toMinor(amount, decimals),
    };
}

/**
 * The count of the machine on a popup.
 *
 * @param {object} component with `env` and `pos`
 * @param {object} method
 * @param {"opening"|"closing"} moment
 * @returns {MachineCount} reactive
 */
export function useMachineCount(component, method, moment) {
    const { env, pos } = component;
    const smartcash = useService("smartcash");
    const { parse, write } = amountsOf(env, pos.currency);
    return useState(
        new MachineCount({
            moment,
            look: () => lookInto(smartcash, method),
            take: (...args) =>
                askOdoo(pos.orm, "smartcash.count", "take", [pos.pos_session.id, ...args]),
            parse,
            format: write,
            _t,
        })
    );
}
