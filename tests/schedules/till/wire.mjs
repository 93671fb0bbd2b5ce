/**
 * A way out of the browser that loses requests and answers when it is told to. Faults are used up
 * one per call:
 * `request` never arrives · `answer` is lost after it took effect · `slow` answers late ·
 * `late` arrives after its sender has given up. `{fault, call}` waits for a request whose name has
 * `call` in it.
 */
export class Wire {
    constructor({ slow, late }) {
        this._slow = slow;
        this._late = late;
        this._underWay = 0;
        this.reset();
    }

    reset() {
        this.down = false;
        this.faults = [];
    }

    _nextFault(name) {
        const [next] = this.faults;
        if (next?.call && !name.includes(next.call)) {
            return undefined;
        }
        this.faults.shift();
        return next?.fault || next;
    }

    async _arriveLate(effect) {
        this._underWay++;
        await wait(this._late);
        if (!this._over) {
            // Nobody listens any more to what it answers.
            await effect().catch(() => {});
        }
        this._underWay--;
    }

    /** Resolves when nothing is on its way any more. */
    async idle() {
        while (this._underWay) {
            await wait(2);
        }
    }

    /** The schedule is over: what is still under way never arrives. */
    end() {
        this._over = true;
    }

    /**
     * @param {{dead: boolean}} page who sends; a dead one hears nothing any more
     * @param {() => Promise<any>} effect what the request does where it arrives
     * @param {() => Error} lose what the sender sees when nobody answers
     * @param {string} [name] of the request
     */
    async send(page, effect, lose, name = "") {
        if (page.dead) {
            return never();
        }
        const fault = this.down ? "request" : this._nextFault(name);
        if (fault === "request") {
            await wait(1);
            throw lose();
        }
        if (fault === "late") {
            this._arriveLate(effect);
            throw lose();
        }
        let answer, error;
        try {
            answer = await effect();
        } catch (raised) {
            error = raised;
        }
        if (fault === "slow") {
            await wait(this._slow);
        }
        if (page.dead) {
            return never();
        }
        if (fault === "answer") {
            throw lose();
        }
        if (error) {
            throw error;
        }
        return answer;
    }
}

function never() {
    return new Promise(() => {});
}

function wait(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
}
