/** @odoo-module */

import { useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { systemClock, withTimeout } from "../common/clock";
import { LedgerUnreachable, ledgerError } from "../ledger/errors";
import { SmartcashPayment } from "../payment/smartcash_payment";
import { refusalText } from "../common/texts";
import { amountsOf } from "../common/amounts";
import { CashCount } from "./cash_count";
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
 * What is in a machine, from the till.
 *
 * @param {import("../smartcash_service").SmartcashService} smartcash
 * @param {object} method
 * @param {{id: number, name: string, transport: string}} machine
 * @param {(deviceId: number) => Promise<Object|null>} latest Odoo's `smartcash.count.latest`
 * @returns {Promise<{inventory: Object}|{count: Object}|null>} `count`: as another till took it;
 *     null when Odoo itself talks to the machine
 * @throws {MachineSilent} it cannot be counted now
 */
async function lookInto(smartcash, method, machine, latest) {
    if (machine.transport === "server") {
        return null;
    }
    const { device, refusal } = method.smartcash;
    if (!device) {
        throw new Error(refusal || refusalText("no_method"));
    }
    if (device.id !== machine.id) {
        const count = await latest(machine.id);
        if (count?.refused) {
            throw new Error(count.refused.message);
        }
        if (count) {
            return { count };
        }
        throw new MachineSilent(
            _t(
                "%s works with another till. Count it there, in the same window, then press “Count again” here.",
                machine.name
            )
        );
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
    return { inventory: seen.inventory };
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

/** What the machine rounds up to is known once somebody has looked into it. */
function notePayoutStep(pos, { deviceId, payoutStep }) {
    for (const { smartcash } of pos.payment_methods) {
        if (deviceId && smartcash?.device?.id === deviceId) {
            smartcash.device.payoutStep = payoutStep;
        }
    }
}

/**
 * The count of the cash on a popup.
 *
 * @param {object} component with `env` and `pos`
 * @param {object} method
 * @param {"opening"|"closing"} moment
 * @param {object[]} machines as Odoo tells them
 * @returns {CashCount} reactive
 */
export function useCashCount(component, method, moment, machines) {
    const { env, pos } = component;
    const smartcash = useService("smartcash");
    const { parse, write } = amountsOf(env, pos.currency);
    const ask = (verb, ...args) =>
        askOdoo(pos.orm, "smartcash.count", verb, [pos.pos_session.id, ...args]);
    const take = async (...args) => {
        const count = await ask("take", ...args);
        notePayoutStep(pos, count);
        return count;
    };
    const latest = (deviceId) => ask("latest", moment, deviceId);
    const look = (machine) => lookInto(smartcash, method, machine, latest);
    return useState(
        new CashCount({
            machines,
            make: (machine) => new MachineCount({ moment, machine, look, take, parse, _t }),
            parse,
            format: write,
        })
    );
}
