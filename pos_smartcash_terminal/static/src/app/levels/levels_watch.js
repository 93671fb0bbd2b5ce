/** @odoo-module */

const MODEL = "smartcash.device";

/**
 * What runs out in the machines of this POS, in Odoo's words: it knows what was counted last and what
 * a manager watches. What a driver happens to know of its machine is told to Odoo, once. No machine is
 * asked for it.
 */
export class LevelsWatch {
    /** @param {(model: string, method: string, args: any[]) => Promise<any>} call */
    constructor(call) {
        this._call = call;
        this._told = new Map();
    }

    /**
     * @param {{id: number, transport: string, capabilities: Object}[]} devices
     * @param {(device: Object) => Object|null|undefined} inventoryOf as far as its driver knows it
     * @returns {Promise<Map<number, string>>} by device id, where something runs out
     */
    async look(devices, inventoryOf) {
        const machines = devices.filter(({ capabilities }) => !capabilities?.card);
        for (const device of machines) {
            if (device.transport !== "server") {
                await this._tell(device, inventoryOf(device));
            }
        }
        if (!machines.length) {
            return new Map();
        }
        const found = await this._call(MODEL, "attention", [machines.map(({ id }) => id)]);
        return new Map(found.map(({ id, text }) => [id, text]));
    }

    async _tell({ id }, inventory) {
        const seen = inventory && JSON.stringify(inventory);
        if (!seen || this._told.get(id) === seen) {
            return;
        }
        await this._call(MODEL, "levels", [[id], inventory]);
        this._told.set(id, seen);
    }
}
