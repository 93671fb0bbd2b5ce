import assert from "node:assert/strict";
import { test } from "node:test";

import { TYPE } from "@pos_cashdro/app/cashdro_client";
import { CashdroRecords } from "@pos_cashdro/app/cashdro_records";
import { MemoryStorage } from "./support/storage.mjs";
import { UUID } from "./support/till.mjs";
import { FakeClock } from "./support/time.mjs";

const records = () =>
    new CashdroRecords({ storage: new MemoryStorage(), deviceUid: "d", clock: new FakeClock() });

test("what another browser sent is asked as the machine tells it", () => {
    const asked = (kind, status) => {
        const found = records().asked({ uuid: UUID, kind, amount: 0 }, status);
        return [found.kind, found.amount];
    };
    assert.deepEqual(asked("sale", { type: TYPE.sale, total: 1000 }), ["sale", 1000]);
    assert.deepEqual(asked("refund", { type: TYPE.payout, total: -500 }), ["refund", 500]);
    assert.deepEqual(asked("sale", { type: TYPE.payout, total: 500 }), ["cash_out", 500]);
    assert.deepEqual(asked("sale", { type: null, total: 700 }), ["sale", 700]);
});

test("a total of what was asked for without an amount is no amount to be reached, or owed", () => {
    const told = [
        [TYPE.fill, "fill"],
        [TYPE.deposit, "cash_in"],
        [TYPE.exchange, "exchange"],
        [TYPE.withdraw, "empty"],
        [TYPE.transfer, "transfer"],
    ];
    for (const [type, kind] of told) {
        const found = records().asked({ uuid: UUID, kind: "sale" }, { type, total: 7360 });
        assert.deepEqual([found.kind, found.amount], [kind, 0]);
    }
});

test("what this browser sent is what was asked, whatever the machine tells", () => {
    const own = records();
    own.keep(UUID, { kind: "sale", amount: 1000, allowPartial: true });
    const found = own.asked({ uuid: UUID }, { type: TYPE.payout, total: 5 });
    assert.deepEqual(found, { kind: "sale", amount: 1000, allowPartial: true, wish: null });
});
