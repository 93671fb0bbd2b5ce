/** @odoo-module */

import { DriverError } from "@pos_smartcash_terminal/app/driver/driver";
import { refusalText } from "./cashdro_texts";

/**
 * Who this till is to the machine. Odoo tells it to users whose rule leads there, and the page keeps
 * it in memory only: nothing of it is on disk.
 *
 * @typedef {Object} Access
 * @property {string} user of the machine
 * @property {string} password
 * @property {string} terminal names this Point of Sale to the machine
 */
export class CashdroAccess {
    /**
     * @param {Object} params
     * @param {(scope: string[]) => Promise<Partial<Access> & {refused?: {code: string,
     *     message: string}}>} params.issueToken asks Odoo
     * @param {string} params.name the device's
     * @param {import("./cashdro_texts").Translate} params._t
     */
    constructor({ issueToken, name, _t }) {
        this._issueToken = issueToken;
        this._name = name;
        this._t = _t;
        this._known = null;
        this._question = null;
    }

    /** @returns {boolean} the machine can be asked without Odoo */
    get isKnown() {
        return Boolean(this._known);
    }

    /**
     * @returns {Promise<Access>}
     * @throws {DriverError} refused: Odoo does not tell
     */
    async get() {
        if (!this._known) {
            this._question ??= this._ask().finally(() => {
                this._question = null;
            });
            this._known = await this._question;
        }
        return this._known;
    }

    /** The machine does not take it: the next one comes from Odoo. */
    drop() {
        this._known = null;
    }

    async _ask() {
        /** @type {Partial<Access> & {refused?: {code: string, message: string}}} */
        let answer;
        try {
            answer = await this._issueToken(["status"]);
        } catch (error) {
            throw this._none({ code: "no_access", cause: error });
        }
        const { user, password, terminal, refused } = answer ?? {};
        if (!user || !password || !terminal) {
            throw this._none(refused || { code: "no_access" });
        }
        return { user, password, terminal };
    }

    _none(refused) {
        const text = refused.message || refusalText(refused.code, { name: this._name }, this._t);
        return new DriverError("denied", text, refused);
    }
}
