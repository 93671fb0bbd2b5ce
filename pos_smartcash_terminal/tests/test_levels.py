from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..core.driver_api import DeviceUnreachable, Inventory
from ..core.levels import Limits, default_limits, levels_of, roll_of
from .test_cash_control import CashControl


def seen(*pieces, currency="USD"):
    """Each of ``pieces``: value, kind, recycler, and what else a machine tells."""
    return {
        "currency": currency,
        "denominations": [
            {"value": value, "kind": kind, "recycler": recycler, "cassette": 0, **told}
            for value, kind, recycler, told in pieces
        ],
    }


@tagged("post_install", "-at_install")
class TestLevels(CashControl):
    def level(self, recycler, told=None, **limits):
        inventory = Inventory.from_wire(seen((50, "coin", recycler, {"level": told})))
        return levels_of(inventory, {(50, "coin"): Limits(**limits)})[0]

    def states(self, *recyclers, told=None, **limits):
        return [self.level(recycler, told, **limits).state for recycler in recyclers]

    def row(self, value, kind="coin"):
        return self.device.level_ids.filtered(
            lambda row: (row.value, row.kind) == (value, kind)
        ).ensure_one()

    # ---- warnings ---------------------------------------------------------------------------

    def test_a_recycler_is_watched_at_its_limits(self):
        self.assertEqual(
            self.states(0, 10, 11, 89, 90, 100, capacity=100, low=10, high=90),
            ["empty", "near_empty", "ok", "ok", "near_full", "full"],
        )
        self.assertEqual(self.states(0, 5000), ["ok", "ok"], "nobody watches it")

    def test_what_the_machine_says_counts_and_the_manager_may_want_to_know_earlier(self):
        self.assertEqual(self.states(60, told="near_empty", low=10), ["near_empty"])
        self.assertEqual(self.states(10, told="ok", low=10), ["near_empty"])

    def test_what_the_machine_tells_of_no_denomination_is_empty(self):
        levels = levels_of(Inventory("USD", ()), {(50, "coin"): Limits(low=10, target=40)})
        self.assertEqual([(level.state, level.bring) for level in levels], [("empty", 40)])

    def test_one_denomination_in_two_recyclers_is_one_level(self):
        twice = seen(
            (500, "note", 3, {"capacity": 30, "level": "near_empty"}),
            (500, "note", 20, {"capacity": 30, "level": "ok"}),
        )
        self.device.levels(twice)
        self.assertEqual(
            [(row.value, row.recycler, row.capacity, row.state) for row in self.device.level_ids],
            [(5, 23, 60, "ok")],
        )
        self.assertEqual(self.device.cash_inside, 115)

    # ---- what to bring ------------------------------------------------------------------------

    def test_whole_rolls_are_brought_once_half_of_the_target_is_gone(self):
        def bring(recycler, **limits):
            return self.level(recycler, **limits).bring

        limits = {"low": 10, "target": 100, "roll": 40}
        self.assertEqual([bring(pieces, **limits) for pieces in (100, 50, 49, 0)], [0, 0, 80, 120])
        self.assertEqual(bring(60, low=60, target=100, roll=40), 40, "near empty: now")
        self.assertEqual(bring(0, low=10, target=0), 0, "never any")

    def test_no_more_is_brought_than_fits(self):
        self.assertEqual(self.level(20, capacity=110, target=110, roll=40).bring, 80)
        self.assertEqual(self.level(20, capacity=50, target=45, roll=40).bring, 25)

    def test_defaults_come_from_use_else_from_capacity(self):
        coin, note = (50, "coin"), (250, "note")

        def limits(low, high, target):
            return {"low": low, "high": high, "target": target}

        self.assertEqual(default_limits(coin, 135), limits(13, 122, 54))
        self.assertEqual(default_limits(coin, 135, used=80)["target"], 96)
        self.assertEqual(default_limits(coin, 135, used=1000)["target"], 122, "what fits")
        self.assertEqual(default_limits(coin), limits(10, 0, 20))
        self.assertEqual(default_limits(note), limits(5, 0, 10))
        self.assertEqual([roll_of(code, coin) for code in ("EUR", "USD", "KWD")], [40, 20, 1])
        self.assertEqual(roll_of("EUR", (500, "note")), 1)

    # ---- the device ---------------------------------------------------------------------------

    def test_what_a_till_sees_is_kept_and_watched(self):
        answer = self.device.with_user(self.cashier).levels(
            seen(
                (50, "coin", 4, {"capacity": 100}),
                (500, "note", 30, {"level": "ok"}),
                (10000, "note", 0, {"cassette": 2}),
            )
        )
        self.assertEqual(
            [(level["value"], level["state"], level["bring"]) for level in answer["levels"]],
            [(50, "near_empty", 40), (500, "ok", 0), (10000, "ok", 0)],
        )
        self.assertEqual(answer["total"], 200 + 15000 + 20000)
        self.assertIn(answer["age"], (0, 1), "what was seen now is told from what was seen once")
        self.device.last_inventory_at -= timedelta(hours=1)
        later = self.device.with_user(self.cashier).levels()
        self.assertGreaterEqual(later["age"], 3600)
        self.assertEqual((self.device.low_count, self.device.cash_inside), (1, 352))
        self.assertTrue(self.device.last_seen)
        self.assertEqual(
            self.device.level_ids.mapped("value"),
            [0.5, 5],
            "large notes are never given out: nobody brings any",
        )

    def test_what_cannot_be_read_changes_nothing(self):
        self.device.levels(seen((50, "coin", 4, {})))
        for bad in (
            "x",
            {},
            seen((50, "coin", -1, {})),
            seen((50, "coin", 1, {}), currency="EUR"),
            seen((10**7, "note", 10**7, {})),
        ):
            with self.subTest(bad=bad):
                self.assert_refused(self.device.with_user(self.cashier).levels(bad), "bad_values")
        self.assertEqual(self.device.cash_inside, 2)
        with self.assert_invalid("set up for USD"):
            self.device.note_seen({"state": "online", "inventory": seen(currency="EUR")})

    def test_who_may_look(self):
        for user in (self.employee, self.portal, self.foreigner):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.device.with_user(user).levels()

    def test_the_server_asks_the_machine_that_it_reaches(self):
        cloud = self._device("Cloud", "fakeserver")
        self.fake.inventory = Inventory.from_wire(seen((50, "coin", 7, {})))
        self.assertEqual(cloud.levels()["total"], 350)
        self.fake.inventory = DeviceUnreachable("no answer")
        self.assertEqual(cloud.levels()["total"], 350, "as it was last seen")

    def test_a_managers_limits_stay(self):
        self.device.levels(seen((50, "coin", 60, {"capacity": 100})))
        row = self.row(0.5)
        self.assertEqual((row.state, row.automatic), ("ok", True))
        row.with_user(self.manager).low = 60
        self.assertEqual((row.state, row.automatic), ("near_empty", False))
        self.device._follow_use()
        self.assertEqual(row.low, 60)
        row.with_user(self.manager).automatic = True
        self.assertEqual((row.low, row.high), (10, 90))
        row.with_user(self.manager).capacity = 200
        self.assertEqual((row.low, row.high, row.automatic), (20, 180, True))
        with self.assertRaises(AccessError):
            row.with_user(self.cashier).low = 1

    def open_with(self, inventory):
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id
        count = self.seen(session, "opening", {"inventory": inventory})
        session.with_user(self.cashier).set_cashbox_pos(count["share"] / 100, None)
        return session

    def test_what_sessions_used_is_what_to_open_with(self):
        session = self.open_with(seen((100, "coin", 200, {})))
        self.seen(session, "closing", {"inventory": seen((100, "coin", 50, {}))})
        row = self.row(1)
        self.assertEqual((row.target, row.bring), (180, 150), "150 were used, and a fifth more")

    def test_what_was_emptied_was_not_used(self):
        session = self.open_with(seen((100, "coin", 200, {})))
        uuid = self.running(self.manager, kind="collect", amount=0, session_id=session.id)
        self.report(uuid, self.manager, state="done", phase="ended", amountOut=20000)
        self.seen(session, "closing", {"inventory": seen((100, "coin", 0, {}))})
        self.assertEqual(self.row(1).target, 20)

    def test_the_opening_says_what_to_bring(self):
        self.config.with_user(self.cashier).open_ui()
        session = self.config.current_session_id
        count = self.seen(
            session, "opening", {"inventory": seen((25, "coin", 3, {"capacity": 200}))}
        )
        self.assertEqual([(one["value"], one["bring"]) for one in count["bring"]], [(25, 80)])
        by_hand = self.seen(session, "opening", {"total": 75, "reason": "Switched off"})
        self.assertEqual(by_hand["bring"], [])

    def test_the_cassette_is_watched_when_its_capacity_is_known(self):
        self.device.levels(seen((5000, "note", 0, {"cassette": 90})))
        self.assertEqual(self.device.high_count, 0)
        self.device.cassette_capacity = 100
        self.assertEqual(self.device.high_count, 1)
        self.assertEqual(self.device.levels()["cassette"]["state"], "near_full")

    def test_another_currency_starts_anew(self):
        self.device.levels(seen((50, "coin", 4, {})))
        self.device.currency_id = self.env.ref("base.EUR")
        self.assertEqual((self.device.cash_inside, len(self.device.level_ids)), (0, 0))
        self.device.levels(seen((50, "coin", 4, {}), currency="EUR"))
        self.assertEqual(self.device.cash_inside, 2)

    def test_the_printed_list(self):
        self.device.levels(seen((25, "coin", 3, {"capacity": 200})))
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "pos_smartcash_terminal.bring_list", self.device.ids
        )
        self.assertRegex(html.decode(), r'id="bring_total".*?>20\.00<')

    def test_impossible_limits_are_refused(self):
        self.device.levels(seen((50, "coin", 4, {})))
        with (
            mute_logger("odoo.sql_db"),
            self.assert_invalid("pieces_possible", IntegrityError),
        ):
            self.row(0.5).low = -1
            self.env.flush_all()
