"use strict";

const RECONNECT_AFTER = 1000; // ms
const STATES = {
    open: "waits",
    paid: "paid",
    declined: "declined",
    cancelled: "cancelled",
    expired: "timed out",
};
const FAULTS = [
    ["latency_ms", "Late answers (ms)"],
    ["hold_answer_ms", "Carried out, answered late (ms)"],
    ["drop_before", "Lost requests (next n)"],
    ["drop_after", "Lost answers (next n)"],
    ["unauthorized", "401 (next n)"],
    ["unauthorized_after", "401, carried out (next n)"],
    ["rate_limit", "429 (next n)"],
    ["retry_after", "… after (seconds)"],
    ["server_error", "500 (next n)"],
    ["server_error_after", "500, carried out (next n)"],
    ["html", "Maintenance page (next n)"],
    ["redirect", "Redirects (next n)"],
    ["huge", "Endless answers (next n)"],
    ["garbage", "Noise instead of answers (n)"],
    ["wrong_padding", "Wrong padding (next n)"],
    ["foreign_invoice", "Another merchant's invoice (n)"],
    ["wrong_amount", "A tenth of the amount (n)"],
    ["contradiction", "Two statuses that contradict (n)"],
    ["padding_32_only", "Reads padding to 32 only (1)"],
];
const COUNTERS = FAULTS.map(([name]) => name).filter((name) => name !== "retry_after");

const byId = (id) => document.getElementById(id);
let state = null;
/** Number → what makeTerminal returned. */
const terminals = new Map();
let drawnRefunds = "";

function element(tag, properties = {}, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
}

/** Fils in digits: 1234 → "1.234". */
function money(fils) {
    return (fils / 1000).toFixed(3);
}

function say(text, bad = false) {
    byId("answer").textContent = text;
    byId("answer").classList.toggle("bad", bad);
}

async function call(method, path, body) {
    const answer = await fetch(path, {
        method,
        headers: { "Content-Type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    const content = await answer.json();
    if (!answer.ok) {
        throw new Error(content.error);
    }
    return content;
}

/** Runs what a button asks for; a refusal is told to the person who pressed it. */
async function attempt(work) {
    try {
        await work();
    } catch (error) {
        say(error.message, true);
    }
}

function key(terminal, text, className, action, body = {}) {
    const button = element("button", { type: "button", textContent: text, className });
    button.onclick = () =>
        attempt(async () => {
            const sent = typeof body === "function" ? body() : body;
            const done = await call("POST", `api/terminals/${terminal.number}/${action}`, sent);
            say(
                done.state
                    ? `${money(done.amount)} KWD: ${STATES[done.state]}.`
                    : `${terminal.name} is ${done.online ? "online" : "offline"}.`
            );
        });
    return button;
}

function drawScreen({ online, invoice }) {
    if (!online) {
        return [element("p", { textContent: "No network" })];
    }
    if (!invoice) {
        return [element("p", { textContent: "Ready" })];
    }
    return [
        element("p", { className: "amount", textContent: `${money(invoice.amount)} KWD` }),
        element("p", { textContent: "Tap or insert the card" }),
        element("p", { className: "who", dir: "auto", textContent: invoice.customer_name }),
        element("p", { className: "who", dir: "auto", textContent: invoice.description }),
    ];
}

/**
 * One terminal, drawn once: its buttons stay the same ones while its screen changes, so that
 * none vanishes between a finger's press and its release.
 */
function makeTerminal({ name, number }) {
    let online = true;
    const brand = () => ({ brand: byId("brand").value });
    const terminal = { name, number };
    const waiting = [
        key(terminal, "Tap or insert the card", "tap", "pay", brand),
        key(terminal, "Decline", "", "decline"),
        key(terminal, "Cancel", "red", "cancel"),
        key(terminal, "Let it time out", "", "expire"),
    ];
    const late = key(terminal, "Pay late", "", "pay", () => ({ ...brand(), late: true }));
    const network = key(terminal, "", "", "switch", () => ({ online: !online }));
    const screen = element("div", { className: "screen" });
    const box = element(
        "section",
        {},
        element("h2", { textContent: name }),
        element("p", { className: "number", textContent: number }),
        screen,
        element("div", { className: "keys" }, ...waiting, late, network)
    );
    box.dataset.terminal = number;
    const update = (shown) => {
        online = shown.online;
        box.className = `terminal ${online ? "" : "off"}`;
        screen.replaceChildren(...drawScreen(shown));
        network.textContent = online ? "Go offline" : "Go online";
        for (const button of waiting) {
            button.disabled = !shown.invoice;
        }
    };
    return { box, update };
}

function drawTerminals() {
    for (const terminal of state.terminals) {
        if (!terminals.has(terminal.number)) {
            const made = makeTerminal(terminal);
            terminals.set(terminal.number, made);
            byId("terminals").append(made.box);
        }
        terminals.get(terminal.number).update(terminal);
    }
}

function cell(text, properties = {}) {
    return element("td", { textContent: text, ...properties });
}

function drawInvoices() {
    byId("invoice-count").textContent = state.invoices.length;
    byId("invoices").replaceChildren(
        ...state.invoices.map((invoice) =>
            element(
                "tr",
                {},
                cell(invoice.id),
                cell(invoice.invoice_number),
                cell(invoice.terminal),
                cell(money(invoice.amount)),
                cell(STATES[invoice.state], { className: invoice.state }),
                cell(invoice.reason)
            )
        )
    );
}

function decide(refund, action, text) {
    const button = element("button", { type: "button", textContent: text });
    button.onclick = () => attempt(() => call("POST", `api/refunds/${refund.id}/${action}`, {}));
    return button;
}

function drawRefunds() {
    const drawn = JSON.stringify(state.refunds);
    if (drawn === drawnRefunds) {
        return;
    }
    drawnRefunds = drawn;
    byId("refund-count").textContent = state.refunds.length;
    byId("refunds").replaceChildren(
        ...state.refunds.map((refund) => {
            const actions = cell("");
            if (refund.status === "pending") {
                actions.append(
                    decide(refund, "approve", "Approve"),
                    decide(refund, "reject", "Reject")
                );
            }
            return element(
                "tr",
                {},
                cell(refund.id),
                cell(money(refund.amount)),
                cell(refund.status),
                actions
            );
        })
    );
}

function drawFaultFields() {
    const labels = FAULTS.map(([name, text]) => {
        const input = element("input", { type: "number", min: 0, id: `fault-${name}` });
        input.onchange = () =>
            attempt(() => call("POST", "api/faults", { [name]: Number(input.value || 0) }));
        return element(
            "label",
            { htmlFor: input.id },
            element("span", { textContent: text }),
            input
        );
    });
    byId("fault-fields").replaceChildren(...labels);
}

function showFaults() {
    for (const [name] of FAULTS) {
        const input = byId(`fault-${name}`);
        if (document.activeElement !== input) {
            input.value = state.faults[name];
        }
    }
    const broken = COUNTERS.filter((name) => state.faults[name]).length;
    byId("broken").textContent = broken ? `${broken} broken` : "";
}

function show(fresh) {
    const isFirst = !state;
    state = fresh;
    if (isFirst) {
        byId("brand").replaceChildren(...state.cards.map((brand) => new Option(brand, brand)));
    }
    drawTerminals();
    drawInvoices();
    drawRefunds();
    showFaults();
}

function watch() {
    const socket = new WebSocket(new URL("api/events", location.href).href.replace(/^http/, "ws"));
    socket.onmessage = (message) => {
        byId("lost").hidden = true;
        show(JSON.parse(message.data));
    };
    socket.onclose = () => {
        byId("lost").hidden = false;
        setTimeout(watch, RECONNECT_AFTER);
    };
}

byId("repair").onclick = () => attempt(() => call("DELETE", "api/faults"));
drawFaultFields();
watch();
