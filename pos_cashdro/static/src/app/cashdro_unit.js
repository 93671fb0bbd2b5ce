/** @odoo-module */

/**
 * The unit that a machine counts in; the twin of `unit.py`. Most machines count in a currency's own
 * smallest unit, some in hundredths whatever the currency. A wrong unit moves a hundred times too much
 * or too little, so it is set up in Odoo, never guessed, and compared with the machine's own pieces.
 */

const HUNDREDTHS = 2;

/** The machine's amounts or pieces do not exist in the unit that is set up. */
export class WrongUnit extends Error {}

export class CashdroUnit {
    /**
     * @param {Object} [unit] as Odoo tells it; without one there is nothing to mistake
     * @param {number} [unit.ours] decimals of the currency's minor unit
     * @param {number} [unit.machine] decimals that the machine counts with
     * @param {[string, number][]|null} [unit.pieces] kind and minor units of each coin and note; null:
     *     not known
     */
    constructor({ ours = HUNDREDTHS, machine = HUNDREDTHS, pieces = null } = {}) {
        this._ours = ours;
        this._machine = machine;
        this._pieces = pieces && new Set(pieces.map(([kind, value]) => `${kind} ${value}`));
    }

    /** @returns {boolean} the machine may count in another unit than the one that is set up */
    get needsProof() {
        return this._ours !== HUNDREDTHS;
    }

    /**
     * @param {number} amount minor units
     * @returns {number|null} null: the machine cannot count it
     */
    toMachine(amount) {
        return scaled(amount, this._ours, this._machine);
    }

    /** @throws {WrongUnit} no amount of the currency */
    toOurs(value) {
        const amount = scaled(value, this._machine, this._ours);
        if (amount === null) {
            throw new WrongUnit("The machine names an amount that its unit does not have.");
        }
        return amount;
    }

    /** @param {import("./cashdro_answers").CashdroStatus} status */
    status(status) {
        return {
            ...status,
            total: this.toOurs(status.total),
            totalIn: this.toOurs(status.totalIn),
            totalOut: this.toOurs(status.totalOut),
            changeNotAvailable: this.toOurs(status.changeNotAvailable),
        };
    }

    /**
     * @param {import("./cashdro_answers").CashdroLevel[]} levels
     * @throws {WrongUnit} these pieces exist in another unit, not in the one that is set up
     */
    levels(levels) {
        if (this.needsProof) {
            this._prove(levels);
        }
        return levels.map((level) => ({ ...level, value: this.toOurs(level.value) }));
    }

    _prove(levels) {
        const fitting = this._fitting(levels, this._machine);
        const other = this._machine === this._ours ? HUNDREDTHS : this._ours;
        const isOdd = fitting < levels.length;
        const fitsOther = this._pieces ? this._fitting(levels, other) : levels.length;
        if (isOdd && (!fitting || fitting < fitsOther)) {
            throw new WrongUnit("The machine's pieces are none of the currency in its unit.");
        }
    }

    /** How many of the pieces the currency has, in that unit. */
    _fitting(levels, machine) {
        return levels.filter(({ kind, value }) => {
            const amount = scaled(value, machine, this._ours);
            return amount !== null && (!this._pieces || this._pieces.has(`${kind} ${amount}`));
        }).length;
    }
}

function scaled(amount, from, to) {
    const exact = amount * 10 ** to;
    return exact % 10 ** from === 0 ? exact / 10 ** from + 0 : null;
}
