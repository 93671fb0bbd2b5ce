/** @odoo-module */

import { patch } from "@web/core/utils/patch";
import { registry } from "@web/core/registry";
import * as ProductScreen from "@point_of_sale/../tests/tours/helpers/ProductScreenTourMethods";
import * as ReceiptScreen from "@point_of_sale/../tests/tours/helpers/ReceiptScreenTourMethods";
import * as Machine from "@pos_smartcash_terminal/../tests/tours/helpers/machine_tour_methods";
import * as Panel from "@pos_smartcash_terminal/../tests/tours/helpers/panel_tour_methods";

const FILL = "smartcash_test_fill";
const BROKEN = "smartcash_test_broken";

// Before the services start: a mistake of ours in this one page. The back end, where tours end, has no
// such module, and an import of it would stop that page.
const found = odoo.loader.modules.get("@pos_smartcash_terminal/app/smartcash_service");
if (found && window.sessionStorage.getItem(BROKEN)) {
    const { SmartcashService } = found;
    window.sessionStorage.removeItem(BROKEN);
    patch(SmartcashService.prototype, {
        start() {
            throw new Error("a mistake of ours");
        },
    });
}

function tour(name, ...steps) {
    registry.category("web_tour.tours").add(name, {
        test: true,
        steps: () => [ProductScreen.confirmOpeningPopup(), ...steps].flat(2),
    });
}

/** To the last byte. The tour's own progress is then no longer stored: a longer number has no room. */
function fillStorage() {
    return Machine.run(
        "the browser's storage is full",
        () => {
            const { setItem } = Storage.prototype;
            patch(Storage.prototype, {
                setItem(key, value) {
                    return key.startsWith("tour__") || setItem.call(this, key, value);
                },
            });
            let text = "x".repeat(1 << 20);
            for (let index = 0; text; index++) {
                try {
                    window.localStorage.setItem(`${FILL}${index}`, text);
                } catch (error) {
                    console.info("full", error.name);
                    text = text.slice(0, text.length >> 1);
                }
            }
        },
        "body"
    );
}

function emptyStorage() {
    return Machine.run(
        "there is room again",
        () => {
            Object.keys(window.localStorage)
                .filter((key) => key.startsWith(FILL))
                .forEach((key) => window.localStorage.removeItem(key));
        },
        "body"
    );
}

tour(
    "SmartcashStorageFull",
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(500),
    Machine.dialogShows("inserted", "5.00"),
    fillStorage(),
    Machine.insert(500),
    // Paid is paid: the dialog leaves.
    Machine.dialogIsGone(),
    ReceiptScreen.isShown(),
    emptyStorage(),
    Machine.everythingIsReported()
);

tour(
    "SmartcashStorageFullBefore",
    Machine.pickProduct("Lunch"),
    { content: "go to payment", trigger: ".product-screen .pay-order-button" },
    Machine.chooseMethod("Cashlogy"),
    fillStorage(),
    Machine.send(),
    Machine.refusalMentions("Nothing was charged"),
    Machine.refusalSays("stores nothing"),
    Machine.lineIs("nothing", "9.90"),
    emptyStorage(),
    Machine.send(),
    Machine.insert(1000),
    ReceiptScreen.isShown(),
    Machine.everythingIsReported()
);

tour(
    "SmartcashStorageGarbage",
    Machine.run("records of nobody's lie in the browser", () => {
        const session = window.posmodel.pos_session.id;
        const prefix = window.posmodel.env.services.smartcash.ledger._outbox._key;
        window.localStorage.setItem(`${prefix}:000000000000-x`, '{"id": "000000000000-x"}');
        const scope = prefix.replace("smartcash_outbox_", "smartcash_ops_");
        window.localStorage.setItem(`${scope}${session}:a`, "{half");
        window.localStorage.setItem(`${scope}${session}:b`, '{"uuid": "b", "op": null}');
    }),
    Machine.run("the page is reloaded", () => window.location.reload()),
    Panel.countIs(3),
    Panel.open(),
    Panel.shows("cannot be read"),
    Panel.shows("{half"),
    Panel.close(),
    Machine.startPaying("Lunch", "Cashlogy"),
    Machine.insert(1000),
    ReceiptScreen.isShown(),
    Machine.everythingIsReported()
);

tour(
    "SmartcashServiceBroken",
    Machine.run("a mistake of ours", () => {
        window.sessionStorage.setItem(BROKEN, "1");
        window.location.reload();
    }),
    Machine.refusalMentions("a mistake of ours"),
    Machine.refusalSays("Other payment methods work"),
    Panel.countIs(1),
    Panel.open(),
    Panel.shows("switched off on this till"),
    Panel.close(),
    Machine.pickProduct("Lunch"),
    { content: "go to payment", trigger: ".product-screen .pay-order-button" },
    Machine.chooseMethod("Cashlogy"),
    Machine.send(),
    Machine.refusalSays("switched off on this till"),
    { content: "drop the line", trigger: ".paymentline .delete-button" },
    Machine.chooseMethod("Bank"),
    Machine.run("validate", () => document.querySelector(".button.next").click()),
    ReceiptScreen.isShown()
);
