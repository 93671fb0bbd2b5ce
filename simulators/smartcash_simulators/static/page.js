"use strict";

const RECONNECT_AFTER = 1000; // ms

const COPPER = ["#c98a5b", "#b5713f"];
const GOLD = ["#e9cd72", "#cfa83f"];
const SILVER = ["#dfe4e8", "#b7bfc7"];
// [diameter in px, core, edge] by currency and value.
const COINS = {
    EUR: {
        1: [52, ...COPPER],
        2: [57, ...COPPER],
        5: [63, ...COPPER],
        10: [60, ...GOLD],
        20: [66, ...GOLD],
        50: [72, ...GOLD],
        100: [70, SILVER[0], GOLD[1]],
        200: [77, GOLD[0], SILVER[1]],
    },
    USD: {
        1: [58, ...COPPER],
        5: [64, ...SILVER],
        10: [54, ...SILVER],
        25: [72, ...SILVER],
        100: [77, ...GOLD],
    },
};
// [pale, tint, deep] by currency and value.
const GREEN = ["#eef2e4", "#b9cda4", "#3f6a47"];
const NOTES = {
    EUR: {
        500: ["#f0f1ee", "#b9c1bd", "#5c6b66"],
        1000: ["#fbe9e2", "#e9a396", "#a6392f"],
        2000: ["#e6eefb", "#93b7e6", "#2a5aa3"],
        5000: ["#fdf0da", "#f2b76a", "#b96412"],
        10000: ["#e8f5e3", "#97cd8b", "#2f7a36"],
        20000: ["#fcf6d6", "#ecd368", "#937a0e"],
        50000: ["#f3e8f8", "#c79ad8", "#743a8f"],
    },
    USD: {},
    MXN: {
        2000: ["#e9f2ef", "#9cc7b4", "#2f6f58"],
        5000: ["#f7e9f0", "#dba3bf", "#8f3763"],
        10000: ["#f9eae4", "#e2a48c", "#9c4526"],
        20000: ["#e8f3ea", "#a3cfa9", "#37723f"],
        50000: ["#e8eff8", "#a1bbdf", "#345487"],
    },
};
const SYMBOLS = { EUR: "€", USD: "$", MXN: "$" };
const REASONS = {
    not_accepting: "the machine is not accepting money now",
    power_off: "the machine has no power",
    unplugged: "the machine is not connected",
    refused: "the machine does not recognise it",
    recycler_full: "its recycler is full",
    cassette_full: "the stacker is full",
    cassette_out: "the stacker is out",
    inlet_full: "the coin bowl is full",
    interrupted: "the machine was reset",
    no_change_for_it: "the machine has no change for it",
    not_recyclable: "the machine could not give it back",
    not_accepted: "the machine does not take this piece",
};
const FAULTS = [
    ["no_change", "No change to give", "flag"],
    ["stacker_full", "Stacker full", "flag"],
    ["refuse_coin", "Refuses pieces of (value)", "number?"],
    ["jam_after", "Payout jams after (pieces)", "number?"],
    ["hopper_empty", "Finds no more pieces of (value)", "number?"],
    ["power_cut_at", "Power cut at", ["accept", "insert", "stop", "dispense"]],
    ["error_code", "Error code of the Connector", "number?"],
    ["unplugged", "Devices unplugged from the controller", "flag"],
    ["service", "Service not ready", ["loading", "out_of_service", "stopped"]],
    ["busy", "Busy without end", "flag"],
    ["inserted_short", "Inserted total too small by (once)", "number"],
    ["total_short", "Final total too small by (once)", "number"],
    ["miscount", "Counts one piece too few of (value)", "number?"],
    ["other_numbers", "Error codes of the other numbering", "flag"],
    ["no_y2", "Old Connector without Y2", "flag"],
    ["y2_without_safe", "Y2 with three fields", "flag"],
    ["coins_in_stacker", "Stacker's list names coins", "flag"],
    ["levels_of_all_notes", "Levels of all notes", "flag"],
    ["refuse_ms", "Connections refused for (ms)", "number"],
    ["latency_ms", "Late answers (ms)", "number"],
    ["single_client", "Only the newest client is answered", "flag"],
    ["late_reply_ms", "One late answer (ms)", "number"],
    ["drop_replies", "Lost answers (next n)", "number"],
    ["half_frame", "Half answers (next n)", "number"],
    ["garbage", "Garbage instead of answers (n)", "number"],
    ["nonsense", "Nonsense as values (next n)", "number"],
    ["wrong_code", "Unknown result codes (next n)", "number"],
    ["split_replies", "Answers in small pieces", "flag"],
    ["extra_fields", "Extra fields in answers", "flag"],
    ["no_answer", "No answers at all", "flag"],
    ["drop_requests", "Lost requests (next n)", "number"],
    ["http_error", "HTTP errors (next n)", "number"],
    ["html", "Pages instead of JSON (next n)", "number"],
    ["redirect", "Redirects (next n)", "number"],
    ["huge", "Answers of 10 MB (next n)", "number"],
    ["drip_ms", "Slow drip (ms per byte)", "number"],
    ["unknown_state", "Unknown states (next n)", "number"],
    ["positive_totalout", "Positive totalout", "flag"],
    ["end_told_as", "An end cut short is told as", ["C", "canceled", "error"]],
    ["busy_after_end_ms", "Busy after each end (ms)", "number"],
    ["hundredths", "Counts in hundredths", "flag"],
    ["one_at_a_time", "One call at a time", "flag"],
    ["only_on", "Only answers to (call)", "text"],
];

const byId = (id) => document.getElementById(id);
let state = null;
let times = 1;
let drawnFor = "";

function money(minor) {
    return new Intl.NumberFormat(undefined, { style: "currency", currency: state.currency }).format(
        minor / 100
    );
}

function face(value) {
    const symbol = SYMBOLS[state.currency] || "";
    return value < 100 ? `${value}¢` : `${value / 100} ${symbol}`;
}

function element(tag, properties = {}, ...children) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
}

function drawPiece(tag, { value, kind }) {
    const node = element(tag, { className: `piece ${kind}` });
    node.append(element("span", { className: "face", textContent: face(value) }));
    if (kind === "coin") {
        const [size, core, edge] = (COINS[state.currency] || {})[value] || [64, ...SILVER];
        if (tag === "button") {
            node.style.setProperty("--size", `${size}px`);
        }
        node.style.setProperty("--core", core);
        node.style.setProperty("--edge", edge);
    } else {
        const [pale, tint, deep] = (NOTES[state.currency] || {})[value] || GREEN;
        node.dataset.face = value / 100;
        node.style.setProperty("--pale", pale);
        node.style.setProperty("--tint", tint);
        node.style.setProperty("--deep", deep);
    }
    return node;
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

function say(text, bad = false) {
    byId("answer").textContent = text;
    byId("answer").classList.toggle("bad", bad);
}

/** Runs what a button asks for; a refusal is told to the person who pressed it. */
async function attempt(work) {
    try {
        await work();
    } catch (error) {
        say(error.message, true);
    }
}

async function insert({ value, kind }) {
    const count = times;
    const done = await call("POST", "api/insert", { value, kind, count });
    const why = REASONS[done.reason] || done.reason;
    if (done.held) {
        say(`${done.held} × ${face(value)} stuck in the inlet: ${why}.`, true);
    } else if (done.rejected) {
        say(`${done.rejected} × ${face(value)} came back: ${why}.`, true);
    } else {
        say(`${count} × ${face(value)} inserted.`);
    }
}

function drawPurse() {
    for (const kind of ["note", "coin"]) {
        const buttons = state.pieces
            .filter((piece) => piece.kind === kind)
            .map((piece) => {
                const button = drawPiece("button", piece);
                button.type = "button";
                button.dataset.value = piece.value;
                button.dataset.kind = kind;
                button.setAttribute("aria-label", `Insert ${money(piece.value)} ${kind}`);
                button.onclick = () => attempt(() => insert(piece));
                return button;
            });
        byId(`${kind}s`).replaceChildren(...buttons);
    }
}

/** The faults that this make of machine knows. */
function knownFaults() {
    return FAULTS.filter(([name]) => name in state.faults);
}

function drawFaultFields() {
    const labels = knownFaults().map(([name, text, type]) => {
        let input;
        if (Array.isArray(type)) {
            const options = ["", ...type].map((value) => new Option(value || "—", value));
            input = element("select", {}, ...options);
        } else if (type === "flag") {
            input = element("input", { type: "checkbox" });
        } else if (type === "text") {
            input = element("input", { type: "text", placeholder: "—" });
        } else {
            input = element("input", { type: "number", min: 0, placeholder: "—" });
        }
        input.id = `fault-${name}`;
        input.onchange = () =>
            attempt(() => call("POST", "api/faults", { [name]: read(input, type) }));
        return element(
            "label",
            { htmlFor: input.id },
            element("span", { textContent: text }),
            input
        );
    });
    byId("fault-fields").replaceChildren(...labels);
}

function read(input, type) {
    if (type === "flag") {
        return input.checked;
    }
    if (Array.isArray(type) || type === "text") {
        return input.value || null;
    }
    return input.value === "" ? (type === "number?" ? null : 0) : Number(input.value);
}

function showFaults() {
    let broken = 0;
    for (const [name, , type] of knownFaults()) {
        const input = byId(`fault-${name}`);
        const value = state.faults[name];
        broken += value !== null && value !== false && (type === "number?" || value !== 0);
        if (type === "flag") {
            input.checked = value;
        } else if (document.activeElement !== input) {
            input.value = value === null || (type === "number" && value === 0) ? "" : value;
        }
    }
    byId("broken").textContent = broken ? `${broken} broken` : "";
}

function headline() {
    if (!state.powered) {
        return "No power";
    }
    if (state.dispensing) {
        return "Giving money…";
    }
    if (state.accepting) {
        return "Please insert coins or notes";
    }
    if (state.inlet.length) {
        return "Counting…";
    }
    if (state.tray.length) {
        return "Please take your money";
    }
    return state.cassette.unlocked ? "Stacker may be removed" : "Welcome";
}

function showDisplay() {
    const machine = document.querySelector(".machine");
    machine.classList.toggle("off", !state.powered);
    machine.classList.toggle("accepting", state.accepting);
    byId("lamp").className = `lamp ${state.powered ? (state.alarms.length ? "warn" : "on") : ""}`;
    byId("headline").textContent = headline();
    byId("inserted").textContent = money(state.inserted);
    const screen = state.screen;
    for (const id of ["to-pay-row", "remaining-row", "screen-buttons"]) {
        byId(id).hidden = !screen;
    }
    if (screen) {
        byId("to-pay").textContent = money(screen.to_pay);
        byId("remaining").textContent = money(Math.max(0, screen.to_pay - state.inserted));
        byId("screen-accept").hidden = !screen.has_accept;
        byId("screen-accept").disabled = !screen.can_accept;
    }
    byId("power").setAttribute("aria-pressed", state.powered);
    byId("power-text").textContent = state.powered ? "Pull the plug" : "Plug in";
}

function showTray() {
    const shown = state.tray.map(({ value, kind, count }) => {
        const many = element("span", { className: "many" }, drawPiece("span", { value, kind }));
        many.append(`× ${count}`);
        return many;
    });
    byId("tray").replaceChildren(...shown);
    byId("tray-total").textContent = state.tray_total ? money(state.tray_total) : "";
    byId("take").disabled = !state.tray_total;
}

function showInside() {
    byId("total").textContent = money(state.total);
    const differs = state.total !== state.physical_total;
    const notes = [...state.alarms.map((alarm) => alarm.replaceAll("_", " "))];
    if (differs) {
        notes.push(`physically ${money(state.physical_total)}`);
    }
    byId("alarms").textContent = notes.join(" · ");
    const rows = state.pieces.map((piece) => {
        const recycler = element("td");
        if (piece.capacity !== null) {
            const meter = element("meter", { min: 0, max: piece.capacity, value: piece.recycler });
            recycler.append(meter, `${piece.recycler} / ${piece.capacity}`);
        }
        return element(
            "tr",
            {},
            element("th", { scope: "row", textContent: `${face(piece.value)} ${piece.kind}` }),
            recycler,
            element("td", {
                textContent: piece.kind === "note" || piece.cassette ? piece.cassette : "",
            })
        );
    });
    byId("levels").replaceChildren(...rows);
    byId("control-row").hidden = !state.settings;
    byId("control").checked = Boolean(state.settings && state.settings.control);
    byId("stacker").textContent = state.cassette.in ? "Remove stacker" : "Put stacker back";
    byId("stacker").disabled = state.cassette.in && !state.cassette.unlocked;
}

function show(fresh) {
    const changed = (name) => !state || JSON.stringify(state[name]) !== JSON.stringify(fresh[name]);
    const redraw = { tray: changed("tray"), inside: changed("pieces") || changed("alarms") };
    redraw.inside = redraw.inside || changed("cassette") || changed("physical_total");
    redraw.inside = redraw.inside || changed("settings");
    state = fresh;
    if (drawnFor !== state.currency) {
        drawnFor = state.currency;
        drawPurse();
        drawFaultFields();
    }
    showDisplay();
    showFaults();
    if (redraw.tray) {
        showTray();
    }
    if (redraw.inside) {
        showInside();
    }
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

function wire() {
    byId("take").onclick = () =>
        attempt(async () => {
            const { total } = await call("POST", "api/take", {});
            say(`You took ${money(total)}.`);
        });
    byId("power").onclick = () =>
        attempt(() =>
            call("POST", "api/power", {
                on: !state.powered,
                keep_memory: byId("keep-memory").checked,
            })
        );
    byId("screen-cancel").onclick = () =>
        attempt(() => call("POST", "api/screen", { press: "cancel" }));
    byId("screen-accept").onclick = () =>
        attempt(() => call("POST", "api/screen", { press: "accept" }));
    byId("stacker").onclick = () =>
        attempt(() =>
            call("POST", "api/stacker", { action: state.cassette.in ? "remove" : "replace" })
        );
    byId("control").onchange = () =>
        attempt(() => call("POST", "api/settings", { control: byId("control").checked }));
    byId("disconnect").onclick = () =>
        attempt(() => call("POST", "api/faults", { disconnect: true }));
    byId("repair").onclick = () => attempt(() => call("DELETE", "api/faults"));
    for (const button of document.querySelectorAll("[data-reset]")) {
        button.onclick = () =>
            attempt(() => call("POST", "api/reset", { float: button.dataset.reset }));
    }
    for (const button of byId("times").children) {
        button.onclick = () => {
            times = Number(button.dataset.times);
            for (const other of byId("times").children) {
                other.setAttribute("aria-pressed", other === button);
            }
        };
    }
}

wire();
watch();
