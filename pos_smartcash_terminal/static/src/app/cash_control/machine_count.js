/** @odoo-module */

import { LedgerUnreachable } from "../ledger/errors";

/** The machine or its driver cannot be asked: `message` says why, and what to do. */
export class MachineSilent extends Error {}

/** Odoo's refusals after which a person may say what is in the machine. */
const TYPED_INSTEAD = ["unreachable", "bad_values"];

/**
 * One count of a machine on a screen: the machine counts, Odoo writes it down and tells what was
 * expected; a person enters the total only when the machine cannot be reached. Amounts in minor
 * units; what is typed stays text.
 */
export class MachineCount {
    /**
     * @param {Object} params
     * @param {"opening"|"closing"} params.moment
     * @param {{id: number, name: string, transport: string, expected: number, joined: boolean}}
     *     params.machine as Odoo tells it
     * @param {(machine: Object) => Promise<{inventory?: Object, count?: Object}|null>} params.look
     *     what is inside; or the count that another till took of it; null when Odoo itself asks the
     *     machine; rejects with MachineSilent
     * @param {(moment: string, seen: Object|null, deviceId: number) => Promise<Object>} params.take
     *     Odoo's `smartcash.count.take`; rejects with LedgerUnreachable or LedgerFault
     * @param {(text: string) => number|null} params.parse null: not an amount
     * @param {(term: string) => string} [params._t]
     */
    constructor({ moment, machine, look, take, parse, _t = (term) => term }) {
        this.moment = moment;
        this.machine = machine;
        this._look = look;
        this._take = take;
        this._parse = parse;
        this._t = _t;
        this._running = null;
        /** @type {"counting"|"counted"|"typing"|"refused"} */
        this.stage = "counting";
        /** Odoo's answer to the last count that it took. */
        this.count = null;
        this.problem = "";
        this.typedTotal = "";
        this.reason = "";
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
        let seen;
        try {
            seen = await this._look(this.machine);
        } catch (error) {
            this._stop(error instanceof MachineSilent ? "typing" : "refused", this._words(error));
            return;
        }
        if (seen?.count) {
            this._accept(seen.count);
        } else {
            await this._tell(seen);
        }
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
            answer = await this._take(this.moment, seen, this.machine.id);
        } catch (error) {
            this._stop(stageOnProblem, this._words(error));
            return;
        }
        if (answer.refused) {
            const { code, message } = answer.refused;
            this._stop(TYPED_INSTEAD.includes(code) ? "typing" : "refused", message);
            return;
        }
        this._accept(answer);
    }

    _accept(count) {
        this.count = count;
        this.stage = "counted";
    }

    _words(error) {
        return error instanceof LedgerUnreachable
            ? this._t("Odoo did not answer. Nothing was booked. Count again.")
            : error.message;
    }

    _stop(stage, problem) {
        this.stage = stage;
        this.problem = problem;
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

    get isCounted() {
        return this.stage === "counted";
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
