/** @odoo-module */

import { LedgerUnreachable } from "../ledger_errors";

/** The machine or its driver cannot be asked: `message` says why, and what to do. */
export class MachineSilent extends Error {}

/** Odoo's refusals after which a person may say what is in the machine. */
const TYPED_INSTEAD = ["unreachable", "bad_values"];

/**
 * One count of a machine on a screen: the machine counts, Odoo writes it down and tells what was
 * expected; a person enters the total only when the machine cannot be reached. Beside the machine
 * there may be hand cash in the drawer. Amounts in minor units; what is typed stays text.
 */
export class MachineCount {
    /**
     * @param {Object} params
     * @param {"opening"|"closing"} params.moment
     * @param {() => Promise<Object|null>} params.look the machine's inventory; null when Odoo
     *     itself asks the machine; rejects with MachineSilent
     * @param {(moment: string, seen: Object|null) => Promise<Object>} params.take Odoo's
     *     `smartcash.count.take`; rejects with LedgerUnreachable or LedgerFault
     * @param {(text: string) => number|null} params.parse null: not an amount
     * @param {(minor: number) => string} params.format
     * @param {(term: string) => string} [params._t]
     */
    constructor({ moment, look, take, parse, format, _t = (term) => term }) {
        this.moment = moment;
        this._look = look;
        this._take = take;
        this._parse = parse;
        this._format = format;
        this._t = _t;
        this._running = null;
        /** @type {"counting"|"counted"|"typing"|"refused"} */
        this.stage = "counting";
        /** Odoo's answer to the last count that it took. */
        this.count = null;
        this.problem = "";
        this.typedTotal = "";
        this.reason = "";
        this.hand = "";
        this.isHandTyped = false;
    }

    /** Counts, or counts again. Never rejects; a second call joins the first. */
    run() {
        this._running ??= this._run().finally(() => {
            this._running = null;
        });
        return this._running;
    }

    async _run() {
        this.stage = "counting";
        this.problem = "";
        let inventory;
        try {
            inventory = await this._look();
        } catch (error) {
            this._stop(error instanceof MachineSilent ? "typing" : "refused", error.message);
            return;
        }
        await this._tell(inventory === null ? null : { inventory });
    }

    /** Has Odoo write down what a person says is in the machine. */
    takeTyped() {
        if (!this.canTakeTyped) {
            return Promise.resolve();
        }
        const seen = { total: this._parse(this.typedTotal), reason: this.reason.trim() };
        this.stage = "counting";
        this.problem = "";
        this._running = this._tell(seen, "typing").finally(() => {
            this._running = null;
        });
        return this._running;
    }

    async _tell(seen, stageOnProblem = "refused") {
        let answer;
        try {
            answer = await this._take(this.moment, seen);
        } catch (error) {
            const text =
                error instanceof LedgerUnreachable
                    ? this._t("Odoo did not answer. Nothing was booked. Count again.")
                    : error.message;
            this._stop(stageOnProblem, text);
            return;
        }
        if (answer.refused) {
            const { code, message } = answer.refused;
            this._stop(TYPED_INSTEAD.includes(code) ? "typing" : "refused", message);
            return;
        }
        this.count = answer;
        if (!this.isHandTyped) {
            this.hand = this._format(answer.handExpected);
        }
        this.stage = "counted";
    }

    _stop(stage, problem) {
        this.stage = stage;
        this.problem = problem;
    }

    typeHand() {
        this.isHandTyped = true;
    }

    get canTakeTyped() {
        const total = this._parse(this.typedTotal);
        return (
            this.stage === "typing" &&
            this.typedTotal.trim() !== "" &&
            total !== null &&
            total >= 0 &&
            this.reason.trim() !== ""
        );
    }

    /** @returns {boolean} there is a count, and an amount of hand cash */
    get isReady() {
        return this.stage === "counted" && this.handMinor !== null;
    }

    get handMinor() {
        return this._parse(this.hand);
    }

    /** @returns {number} what the session has: its part of the machine and the hand cash */
    get counted() {
        return this.count.share + (this.handMinor || 0);
    }

    get expected() {
        return this.count.expected + this.count.handExpected;
    }

    get isByHand() {
        return this.count?.source === "manual";
    }

    /** @returns {{value: number, pieces: number, amount: number}[]} largest first */
    get denominations() {
        return summarise(this.count.denominations);
    }
}

/**
 * @param {{value: number, kind: string, recycler: number, cassette: number}[]} denominations
 * @returns {{value: number, kind: string, pieces: number, amount: number}[]} those that are
 *     there, the largest first
 */
export function summarise(denominations) {
    return denominations
        .map(({ value, kind, recycler, cassette }) => {
            const pieces = recycler + cassette;
            return { value, kind, pieces, amount: pieces * value };
        })
        .filter(({ pieces }) => pieces > 0)
        .sort((one, other) => other.value - one.value);
}
