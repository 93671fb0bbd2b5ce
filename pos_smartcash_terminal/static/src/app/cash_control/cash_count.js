/** @odoo-module */

/**
 * The count of a session's cash on a screen: each of its machines, and the hand cash in the drawer
 * beside them. Amounts in minor units; what is typed stays text.
 */
export class CashCount {
    /**
     * @param {Object} params
     * @param {Object[]} params.machines as Odoo tells them, see `MachineCount`
     * @param {(machine: Object) => import("./machine_count").MachineCount} params.make
     * @param {(text: string) => number|null} params.parse null: not an amount
     * @param {(minor: number) => string} params.format
     */
    constructor({ machines, make, parse, format }) {
        this._make = make;
        this._parse = parse;
        this._format = format;
        this._typedHand = null;
        /** @type {import("./machine_count").MachineCount[]} */
        this.machines = [];
        this.update(machines);
    }

    /** What Odoo tells of the machines now; what is counted stays counted. */
    update(machines) {
        const known = new Map(this.machines.map((one) => [one.machine.id, one]));
        this.machines = machines.map((machine) => {
            const one = known.get(machine.id) || this._make(machine);
            one.machine = machine;
            return one;
        });
    }

    /**
     * Counts, or counts again. Never rejects.
     *
     * @param {import("./machine_count").MachineCount} [only] this one, and those that are not counted
     *     yet; else all
     */
    async run(only) {
        const wanted = this.machines.filter(
            (one) => !only || one.machine.id === only.machine.id || !one.isCounted
        );
        await Promise.all(wanted.map((one) => one.run()));
    }

    get hasSeveral() {
        return this.machines.length > 1;
    }

    /** @returns {boolean} all machines are counted */
    get isCounted() {
        return this.machines.length > 0 && this.machines.every((one) => one.isCounted);
    }

    /** @returns {boolean} all machines are counted, and there is an amount of hand cash */
    get isReady() {
        return this.isCounted && this.handMinor !== null;
    }

    /** Until somebody types: what is expected in the drawer. */
    get hand() {
        return this._typedHand ?? this._format(this._sum("handExpected"));
    }

    set hand(text) {
        this._typedHand = text;
    }

    get handMinor() {
        return this._typedHand === null ? this._sum("handExpected") : this._parse(this._typedHand);
    }

    /** @returns {number} what the session has: its parts of the machines and the hand cash */
    get counted() {
        return this._sum("share") + (this.handMinor || 0);
    }

    get expected() {
        return this._sum("expected") + this._sum("handExpected") - this.elsewhere;
    }

    /** @returns {number} given by hand, and more than was in the drawer */
    get elsewhere() {
        return this._sum("handElsewhere");
    }

    /** @returns {number} what was inside machines that came into use while the session was open */
    get found() {
        return this.machines
            .filter((one) => one.machine.joined)
            .reduce((sum, { count }) => sum + (count?.found || 0), 0);
    }

    _sum(name) {
        return this.machines.reduce((sum, { count }) => sum + (count?.[name] || 0), 0);
    }
}
