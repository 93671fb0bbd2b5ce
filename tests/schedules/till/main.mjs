/**
 * The browsers of one shop, told by lines of JSON on stdin what cashiers and fate do; answers each
 * line with one on stdout.
 */
import { createInterface } from "node:readline";

import { Browser } from "./browser.mjs";
import { Odoo } from "./odoo.mjs";
import { Wire } from "./wire.mjs";

const WORKERS = 2;
const WARNINGS_KEPT = 60;

/** One schedule's browsers and what is between them and the rest. */
class World {
    /**
     * @param {Object} wish
     * @param {Object[]} wish.devices as the POS is told about them, and the `users` whose own they are
     */
    constructor({ shop, devices, browsers }, odoo) {
        this.shop = shop;
        this.devices = devices;
        this.odoo = odoo;
        this.rpc = new Wire({ slow: 40, late: 150 });
        this.gateway = new Wire({ slow: 40, late: 20 });
        /** Stages and results that some screen showed. */
        this.seen = new Set();
        this.starts = {};
        this.handed = {};
        this.browsers = Array.from(
            { length: browsers },
            (_, index) => new Browser(this, shop.cashiers[index])
        );
    }

    /** So many starts more were sent to the gateway; one with a bad token counts for nothing. */
    started(uuid, count) {
        if (uuid) {
            this.starts[uuid] = (this.starts[uuid] || 0) + count;
        }
    }

    /** Cash out of somebody's pocket, once per operation however many screens ask for it. */
    handOver(uuid, amount) {
        this.handed[uuid] ??= amount;
    }

    /** The device that the rules give to a user: one of his own, else everybody's. */
    deviceOf(uid) {
        return this.devices.find(({ users }) => users.includes(uid)) || this.devices[0];
    }

    pages() {
        return this.browsers.flatMap((browser) => [...browser.tabs.values()]);
    }

    async end() {
        this.rpc.end();
        this.gateway.end();
        for (const browser of this.browsers) {
            for (const tab of [...browser.tabs.keys()]) {
                browser.close(tab);
            }
        }
        await this.odoo.idle();
    }

    look() {
        return {
            starts: this.starts,
            handed: this.handed,
            seen: [...this.seen],
            browsers: this.browsers.map((browser) => this._lookAt(browser)),
        };
    }

    _lookAt(browser) {
        const pages = [...browser.tabs];
        const [, any] = pages[0] || [];
        return {
            tabs: pages.map(([tab, page]) => ({
                tab,
                uid: page.uid,
                device: this.devices.indexOf(page.device),
                session: page.ledger.sessionId,
                views: [...page.runners.values()].map((runner) => runner.view),
            })),
            lines: any ? any.lines() : [],
            waiting: any ? any.ledger.waiting : 0,
            problems: any ? any.ledger.problems() : [],
            letters: any ? lettersIn(browser.storage) : [],
            stored: any ? any.ledger.storedOperations() : [],
        };
    }
}

function lettersIn(storage) {
    return Array.from({ length: storage.length }, (_, index) => storage.key(index))
        .filter((key) => key.startsWith("smartcash_outbox"))
        .sort()
        .map((key) => JSON.parse(storage.getItem(key)));
}

let odoo, world;
let warnings = [];
console.warn = (...words) => {
    warnings.push(words.map((word) => word?.stack?.split("\n")[0] ?? String(word)).join(" "));
    warnings = warnings.slice(-WARNINGS_KEPT);
};

const COMMANDS = {
    /** `drivers`: the modules with which the makes bring theirs. */
    async begin(wish) {
        warnings = [];
        await Promise.all(wish.drivers.map((module) => import(module)));
        odoo = odoo || new Odoo(wish.port, WORKERS);
        world = new World(wish, odoo);
    },
    open: ({ browser, tab, uid }) => world.browsers[browser].open(tab, uid),
    /** Whoever loads the page from now on works in this session. */
    session: ({ id }) => void (world.shop.session_id = id),
    close: ({ browser, tab }) => world.browsers[browser].close(tab),
    pay: ({ browser, tab, op }) => world.browsers[browser].tabs.get(tab)?.pay(op),
    press: ({ browser, tab, button }) => world.browsers[browser].tabs.get(tab)?.press(button),
    look: ({ browser, tab }) => void world.browsers[browser].tabs.get(tab)?.lookAgain(),
    /** The machine's panel: everything open that has a “Check”, whoever began it. */
    panel: ({ browser, tab }) => void world.browsers[browser].tabs.get(tab)?.checkPanel(),
    /** The order is built anew from Odoo's copy, which has the payments of these operations. */
    replace: ({ browser, order, kept }) => world.browsers[browser].replace(order, kept),
    /** What is in the machine, as the opening and the closing ask for it; null: no answer. */
    inventory: ({ browser, tab }) =>
        world.browsers[browser].tabs
            .get(tab)
            .driver.inventory()
            .catch(() => null),
    flush: () => void world.pages().forEach((page) => page.ledger.flush()),
    network: ({ wire, down }) => void (world[wire].down = down),
    fault: ({ wire, faults }) => void world[wire].faults.push(...faults),
    async mend() {
        world.rpc.reset();
        world.gateway.reset();
        await Promise.all([world.rpc.idle(), world.gateway.idle()]);
    },
    cut: () => world.pages().forEach((page) => page.dropSockets()),
    state: () => world.look(),
    warnings: () => warnings,
    end: () => world?.end(),
};

for await (const line of createInterface({ input: process.stdin })) {
    const { command, ...wish } = JSON.parse(line);
    const result = (await COMMANDS[command](wish)) ?? null;
    process.stdout.write(`${JSON.stringify({ result })}\n`);
}
process.exit(0);
