import assert from "node:assert/strict";
import { test } from "node:test";

import { makeProgress } from "@pos_smartcash_terminal/app/common/progress";
import {
    byHandRefusalText,
    cardStepText,
    decisionText,
    machineMessageText,
    messagesToShow,
    stepText,
    wordsOfFailure,
} from "@pos_smartcash_terminal/app/common/texts";

const DUE = "8,75\u00a0€";
const said = (code, level = "error", text = "gateway: 8.75 EUR") => ({ code, text, level });
const ended = (state, ...messages) => ({
    result: "nothing",
    progress: makeProgress({ state, messages }),
});

test("what the till has words for is not said in the gateway's, nor with its amounts", () => {
    for (const code of [
        "no_change",
        "outcome_unknown",
        "machine_lost",
        "paid_after_cancel",
        "machine_offline",
        "machine_fault",
    ]) {
        const [message] = messagesToShow([said(code)], DUE);
        assert.doesNotMatch(message.text, /EUR|gateway:/, code);
    }
    assert.match(messagesToShow([said("no_change")], DUE)[0].text, /8,75\u00a0€/);
});

test("other codes keep the sender's words", () => {
    assert.equal(messagesToShow([said("jam")], DUE)[0].text, "gateway: 8.75 EUR");
});

test("what the dialog says itself, with the amount, is not said twice", () => {
    assert.deepEqual(messagesToShow([said("undispensed"), said("unknown")], DUE), []);
});

test("a machine lost on the way and one that never answered are told apart", () => {
    const onTheWay = messagesToShow([said("machine_lost", "warning")], DUE);
    const [never] = messagesToShow([said("machine_lost", "error")], DUE);
    assert.deepEqual(onTheWay, [], "the dialog itself says so, with what was inserted");
    assert.match(never.text, /No money moved/);
});

test("an operation that failed has words that must be read", () => {
    assert.match(wordsOfFailure(ended("failed", said("no_change")), DUE)[0], /Nothing came out/);
    const interrupted = ended("failed", said("nothing_inserted", "warning"));
    assert.match(wordsOfFailure(interrupted, DUE)[0], /interrupted/);
});

test("a cancel as asked for, and a payment, need no further words", () => {
    assert.deepEqual(wordsOfFailure(ended("cancelled"), DUE), []);
    assert.deepEqual(wordsOfFailure(ended("cancelled", said("recovered", "info")), DUE), []);
    const paid = { ...ended("done", said("jam")), result: "paid" };
    assert.deepEqual(wordsOfFailure(paid, DUE), []);
});

test("a manager's decision says where the money is", () => {
    assert.match(decisionText(true), /belongs to this order/);
    assert.match(decisionText(false), /nothing/);
});

test("what is wrong with a machine is said in the till's words where it has any", () => {
    const offline = { code: "machine_offline", text: "No answer to ? within 5 s." };
    assert.match(machineMessageText(offline), /switched on/);
    assert.equal(machineMessageText({ code: "17", text: "Jam." }), "Jam.");
});

test("cash by hand that is not booked goes back; what nobody knows is kept apart", () => {
    const say = (isPayout, result) =>
        byHandRefusalText({ message: "Because." }, { isPayout, result, amount: "9.90" });
    assert.match(say(false, "refused"), /^Because\. Nothing is booked: give 9\.90 back/);
    assert.match(say(false, "unknown"), /press Check/);
    assert.doesNotMatch(say(false, "unknown"), /give 9\.90 back/);
    assert.match(say(true, "refused"), /Give no money/);
    assert.equal(say(true, "unknown"), "Because.");
});

test("a card terminal is not a machine that waits for money", () => {
    for (const step of ["pending", "registering", "starting", "accepting", "cancelling", "lost"]) {
        assert.doesNotMatch(cardStepText(step, false), /machine|money/i, step);
    }
    assert.equal(cardStepText("accepting", true), "Waiting for the refund");
    assert.equal(cardStepText("check", false), stepText("check", false));
});

test("a refund that the acquirer may still refuse is not called refunded", () => {
    assert.equal(cardStepText("paid", true, true), "Refund requested");
    assert.equal(cardStepText("paid", true, false), "Refunded");
    assert.equal(cardStepText("paid", false, true), "Paid");
});
