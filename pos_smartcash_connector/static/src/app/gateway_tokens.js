/** @odoo-module */

import { DriverError } from "@pos_smartcash_terminal/app/driver/driver";
import { systemClock } from "@pos_smartcash_terminal/app/common/clock";
import { RecordStore } from "@pos_smartcash_terminal/app/ledger/record_store";
import { refusalText } from "./gateway_texts";

const SHIFT_SCOPE = ["status", "sale"];
/** ms before its end at which a shift's token is renewed, if Odoo answers. */
const RENEW_BEFORE = 3600 * 1000;
/** ms kept back, so that a token does not end on its way. */
const MARGIN = 5000;

/**
 * Odoo's permissions for one gateway: one for the shift, kept in the browser so that sales go on
 * without Odoo, and one per operation that moves money out, never kept.
 */
export class GatewayTokens {
    /**
     * @param {Object} params
     * @param {string} params.deviceUid
     * @param {(scope: string[]|string) => Promise<{token?: string, expiresAt?: number,
     *     refused?: {code: string, message: string}}>} params.issueToken asks Odoo; expiresAt in epoch seconds
     * @param {Storage} params.storage
     * @param {import("@pos_smartcash_terminal/app/common/clock").Clock} [params.clock]
     * @param {(term: string) => string} [params._t]
     */
    constructor({ deviceUid, issueToken, storage, clock = systemClock, _t = (term) => term }) {
        this._uid = deviceUid;
        this._issueToken = issueToken;
        this._store = new RecordStore(storage, "smartcash_shift_token");
        this._clock = clock;
        this._t = _t;
        this._renewal = null;
    }

    /** @returns {boolean} a shift's token is at hand and holds */
    get hasShift() {
        return this._lifetime(this._store.get(this._uid)) > 0;
    }

    /**
     * @returns {Promise<string>} renewed in the background while the old one still holds
     * @throws {DriverError} when there is none and Odoo does not give one
     */
    async shift() {
        const cached = this._store.get(this._uid);
        const lifetime = this._lifetime(cached);
        if (lifetime <= 0) {
            return (await this._renew()).token;
        }
        if (lifetime < RENEW_BEFORE) {
            this._renew().catch((error) => {
                console.warn("SmartCash: the shift's token was not renewed", error);
            });
        }
        return cached.token;
    }

    /** The gateway does not take the shift's token: the next one comes from Odoo. */
    dropShift() {
        this._store.remove(this._uid);
    }

    /**
     * @param {string} uuid
     * @returns {Promise<string>} for this operation only
     */
    async operation(uuid) {
        return (await this._issue(uuid)).token;
    }

    _lifetime(cached) {
        return cached ? cached.expiresAt * 1000 - this._clock.now() - MARGIN : 0;
    }

    _renew() {
        if (!this._renewal) {
            this._renewal = this._issue(SHIFT_SCOPE)
                .then((issued) => {
                    this._store.put(this._uid, issued);
                    return issued;
                })
                .finally(() => {
                    this._renewal = null;
                });
        }
        return this._renewal;
    }

    async _issue(scope) {
        let issued;
        try {
            issued = await this._issueToken(scope);
        } catch (error) {
            throw this._none({ code: "no_token", cause: error });
        }
        if (!issued?.token) {
            throw this._none(issued?.refused || { code: "no_token" });
        }
        return { token: issued.token, expiresAt: issued.expiresAt };
    }

    _none(refused) {
        const text = refused.message || refusalText(refused, null, this._t);
        return new DriverError("denied", text, refused);
    }
}
