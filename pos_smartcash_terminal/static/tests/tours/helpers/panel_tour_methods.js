/** @odoo-module */

/** The navbar's machine, its panel, and what a person does instead of the machine. */

function check(content, trigger) {
    return [{ content, trigger, isCheck: true }];
}

// The panel

export function machineIs(state) {
    return check(`the machine is ${state}`, `.smartcash-button.smartcash-machine--${state}`);
}

export function countIs(count) {
    return count
        ? check(`${count} open`, `.smartcash-button__count:contains("${count}")`)
        : check("nothing open", ".smartcash-button:not(:has(.smartcash-button__count))");
}

export function open() {
    return [
        { content: "open the machine's panel", trigger: ".smartcash-button" },
        ...check("the panel is there", ".smartcash-panel"),
    ];
}

/** Fills, empties or changes notes; a wet finger presses twice. */
export function serve(kind) {
    return [
        ...open(),
        {
            content: `${kind}, with a double click`,
            trigger: `.smartcash-service-${kind}`,
            run: () => {
                const button = document.querySelector(`.smartcash-service-${kind}`);
                button.click();
                button.click();
            },
        },
    ];
}

export function close() {
    return [
        { content: "close the panel", trigger: ".smartcash-panel-close" },
        ...check("the panel is gone", "body:not(:has(.smartcash-panel))"),
    ];
}

export function shows(text) {
    return check(`panel: ${text}`, `.smartcash-panel:contains("${text}")`);
}

export function operationIs(what) {
    return check(`an operation is ${what}`, `.smartcash-panel .smartcash-open--${what}`);
}

/** One bar of the levels, on the panel or elsewhere. */
export function levelIs(state, value, pieces, where = ".smartcash-panel") {
    const bar = `${where} .smartcash-level--${state}`;
    return check(
        `${value}: ${pieces}, ${state}`,
        `${bar}:has(.smartcash-level__value:contains("${value}")):contains("${pieces}")`
    );
}

export function press(button) {
    return [
        { content: `panel: press ${button}`, trigger: `.smartcash-panel .smartcash-${button}` },
    ];
}

export function hasNo(button) {
    return check(
        `panel: no ${button}`,
        `.smartcash-panel:has(.smartcash-open):not(:has(.smartcash-${button}))`
    );
}

/** What the board has heard from Odoo. */
export function known() {
    return { rows: window.posmodel.env.services.smartcash.board._rows };
}

// By hand

export function takeOnLine() {
    return [
        { content: "take by hand", trigger: ".smartcash-line-by-hand .smartcash-take-by-hand" },
    ];
}

export function hasNoTakeOnLine() {
    return check(
        "by hand is not offered",
        ".paymentlines:has(.smartcash-line):not(:has(.smartcash-take-by-hand))"
    );
}

export function pressInRefusal(button) {
    return [{ content: `refusal: ${button}`, trigger: `.popup-error .smartcash-${button}` }];
}

export function takeShows(amount) {
    return check(`by hand: ${amount}`, `.smartcash-take__amount:contains("${amount}")`);
}

export function takeSays(text) {
    return check(`by hand: ${text}`, `.smartcash-take:contains("${text}")`);
}

export function pressInTake(button) {
    return [
        {
            content: `by hand: ${button}`,
            trigger: `.smartcash-take .smartcash-take-${button}:not(:disabled)`,
        },
    ];
}

export function pressInTakeTwice(button) {
    return [
        {
            content: `by hand: ${button}, with a double click`,
            trigger: `.smartcash-take .smartcash-take-${button}:not(:disabled)`,
            run: () => {
                const found = document.querySelector(`.smartcash-take-${button}`);
                found.click();
                found.click();
            },
        },
    ];
}

/** A scanner that ends with Enter while the popup is up. */
export function typeInPopup(key) {
    return [
        {
            content: `type ${key}`,
            trigger: ".smartcash-take",
            run: () => {
                for (const name of ["keydown", "keypress", "keyup"]) {
                    document.body.dispatchEvent(new KeyboardEvent(name, { key, bubbles: true }));
                }
            },
        },
    ];
}
