/** @odoo-module */

import * as Cash from "./cash_tour_methods";
import * as Machine from "./machine_tour_methods";
import * as OneTap from "./one_tap_tour_methods";

/** What a manager does in Configuration > SmartCash > Set up a Machine. */

function check(content, trigger) {
    return [{ content, trigger, isCheck: true }];
}

function field(name) {
    return `.o_form_view .o_field_widget[name="${name}"]`;
}

export function stepIs(name) {
    return check(
        `the step is ${name}`,
        `.o_form_view .o_statusbar_status .o_arrow_button_current[data-value="${name}"]`
    );
}

export function press(action) {
    return [
        {
            content: `press ${action}`,
            trigger: `.o_form_view button[name="${action}"]:not(:disabled)`,
        },
    ];
}

export function confirm() {
    return [{ content: "confirm", trigger: ".modal-footer .btn-primary" }];
}

export function type(name, text) {
    return [{ content: `${name}: ${text}`, trigger: `${field(name)} input`, run: `text ${text}` }];
}

/** @param {() => string} find the text, when the tour runs */
export function typeFrom(name, find) {
    return [
        {
            content: `${name} from the test`,
            trigger: `${field(name)} input`,
            run: (actions) => actions.text(find()),
        },
    ];
}

export function select(name, value) {
    return [
        {
            content: `${name}: ${value}`,
            trigger: `${field(name)} select`,
            run: `text "${value}"`,
        },
    ];
}

export function choose(name, text) {
    return [
        { content: `look for ${text}`, trigger: `${field(name)} input`, run: `text ${text}` },
        {
            content: `choose ${text}`,
            trigger: `${field(name)} .ui-menu-item > a:contains("${text}")`,
        },
    ];
}

export function shows(name, text) {
    return check(`${name} shows ${text}`, `${field(name)}:contains("${text}")`);
}

export function refusalSays(text) {
    return [
        ...check(`refused: ${text}`, `.modal-body:contains("${text}")`),
        { content: "close it", trigger: ".modal-footer button" },
        ...check("closed", "body:not(:has(.modal))"),
    ];
}

/** The make, the name and the Point of Sale: the first page. */
export function begin(make, name, config) {
    return [
        ...type("name", name),
        ...select("driver", make),
        ...choose("config_id", config),
        ...press("action_choose"),
        ...stepIs("connect"),
    ];
}

/** From the page that shows what the machine says, to its test payment. */
export function takeOver(...books) {
    return [
        ...stepIs("check"),
        ...press("action_checked"),
        ...stepIs("books"),
        ...books.flat(),
        ...press("action_make_books"),
        ...stepIs("float"),
        ...choose("float_journal_id", "Safe"),
        ...press("action_book_float"),
        ...stepIs("test"),
    ];
}

/** At the till: the opening finds what the books expect, and a coffee for 1.00 is paid. */
export function firstSale(method) {
    return [
        ...Cash.machineIsCounted(),
        ...Machine.run("it holds what the books expect", () => {
            const differs = document.querySelector(".smartcash-count__difference--differs");
            Machine.assert(!differs, `the opening differs: ${differs?.textContent}`);
        }),
        ...Cash.openSession(),
        ...OneTap.paidInTwoTaps("Coffee", method, Machine.insert(100)).flat(2),
        ...Machine.everythingIsReported(),
    ];
}
