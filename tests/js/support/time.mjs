/** Time that passes only when a test says so. */
export class FakeClock {
    constructor(now = Date.UTC(2025, 0, 1)) {
        this._now = now;
        this._timers = new Map();
        this._next = 1;
    }

    now() {
        return this._now;
    }

    setTimeout(callback, ms) {
        const id = this._next++;
        this._timers.set(id, { at: this._now + ms, id, callback });
        return id;
    }

    clearTimeout(id) {
        this._timers.delete(id);
    }

    get waiting() {
        return this._timers.size;
    }

    /** Lets `ms` pass, timer by timer, with all promises settled in between. */
    async advance(ms) {
        const end = this._now + ms;
        await settled();
        for (let timer; (timer = this._due(end));) {
            this._timers.delete(timer.id);
            this._now = Math.max(this._now, timer.at);
            timer.callback();
            await settled();
        }
        this._now = end;
    }

    _due(end) {
        return [...this._timers.values()]
            .filter((timer) => timer.at <= end)
            .sort((a, b) => a.at - b.at || a.id - b.id)[0];
    }
}

/** Resolves when every promise that can settle without time has settled. */
export function settled() {
    return new Promise((resolve) => setImmediate(resolve));
}

/** Small seeded generator (mulberry32): a failing schedule can be run again by its seed. */
export function seeded(seed) {
    let state = seed >>> 0;
    const next = () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    return {
        chance: (probability) => next() < probability,
        int: (below) => Math.floor(next() * below),
        pick: (list) => list[Math.floor(next() * list.length)],
    };
}
