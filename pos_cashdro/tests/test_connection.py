from pathlib import Path
from tempfile import TemporaryDirectory

from odoo.exceptions import AccessError, UserError, ValidationError

from ..cashdro_client import read_fingerprint
from ..tests_client.fake_machine import FakeMachine, no, ok, self_signed
from .common import CashdroCommon

PIECE = {
    "CurrencyId": "USD",
    "Value": "100",
    "Type": "1",
    "Destination": "1",
    "MaxLevel": "300",
    "State": "-1",
    "LevelRecycler": "20",
    "LevelCasete": "0",
}

NOTE_FOR_THE_CASSETTE = {
    **PIECE,
    "Value": "5000",
    "Type": "2",
    "Destination": "2",
    "MaxLevel": "2000",
    "LevelRecycler": "0",
}


class TestConnection(CashdroCommon):
    """What a manager sets up, and what the machine says about itself."""

    def test_the_machine_is_counted_by_denomination(self):
        self.cashdro.levels = [
            {**PIECE, "Value": "500", "Type": "2", "LevelCasete": "3", "State": "3"},
            {**PIECE, "State": "5", "LevelRecycler": "0"},
            {**PIECE, "Value": "10", "LevelRecycler": "300"},
            {**PIECE, "Value": "1", "Destination": "0", "LevelRecycler": "0"},
            {**PIECE, "CurrencyId": "XXX", "Value": "7"},
            {**NOTE_FOR_THE_CASSETTE, "LevelCasete": "2"},
        ]
        inventory = self.device._driver()._inventory(self.device)
        self.assertEqual(
            [
                (piece.value, piece.kind, piece.recycler, piece.cassette, piece.level)
                for piece in inventory.denominations
            ],
            [
                (10, "coin", 300, 0, "full"),
                (100, "coin", 0, 0, "empty"),
                (500, "note", 20, 3, "near_full"),
                (5000, "note", 0, 2, None),
            ],
        )
        self.assertEqual(inventory.total, 300 * 10 + 23 * 500 + 2 * 5000)

    def test_no_recycler_is_empty_that_is_not_there(self):
        self.cashdro.levels = [PIECE, NOTE_FOR_THE_CASSETTE]
        self.device.levels()
        self.assertEqual(self.device.level_ids.mapped("value"), [1.0])

    def test_a_count_of_a_session_asks_the_machine(self):
        self.cashdro.levels = [PIECE]
        answer = self.env["smartcash.count"].with_user(self.cashier).take(self.session.id, "demand")
        self.assertEqual((answer["source"], answer["total"]), ("device", 2000))

    def test_a_machine_at_work_is_not_counted(self):
        self.cashdro.add(posuser="Eva", posid="bar")
        answer = self.env["smartcash.count"].with_user(self.cashier).take(self.session.id, "demand")
        self.assert_refused(answer, "unreachable")
        self.assertIn("Eva at bar", answer["refused"]["message"])

    def test_the_test_says_plainly_how_the_machine_is(self):
        self.cashdro.levels = [PIECE]
        device = self.device.with_user(self.manager)
        device.action_cashdro_test()
        self.assertEqual(device.state, "online")
        self.assertIn("ready", device.state_message)
        self.assertEqual(device.last_inventory["total"], 2000)
        self.cashdro.answers["getAlerts"] = ok(
            {"alerts": [{"Source": "1", "Value": "100", "Type": "5", "CurrencyId": "USD"}]}
        )
        device.action_cashdro_test()
        self.assertIn("none left", device.state_message)
        self.cashdro.answers["getDiagnosis"] = ok(
            {
                "WithError": "true",
                "Devices": [
                    {
                        "deviceName": "Notes",
                        "deviceWithError": True,
                        "deviceMessagesInfo": [{"msg": "Jam"}],
                    }
                ],
            }
        )
        device.action_cashdro_test()
        self.assertEqual(device.state, "error")
        self.assertIn("Notes: Jam", device.state_message)
        self.cashdro.answers["doTest"] = no(-1)
        device.action_cashdro_test()
        self.assertIn("user or password", device.state_message)

    def test_an_unknown_host_and_a_closed_port_are_told_apart(self):
        device = self.device.with_user(self.manager)
        device.cashdro_port = 1
        told = device.action_cashdro_test()["params"]["message"]
        self.assertEqual(device.state, "offline")
        self.assertIn("nothing answers at its port", device.state_message)
        self.assertIn("//127.0.0.1:1.", told)
        self.assertNotIn("127.0.0.1", device.state_message, "the tills read that too")
        device.cashdro_host = "cashdro.invalid"
        told = device.action_cashdro_test()["params"]["message"]
        self.assertIn("not known in the network", device.state_message)
        self.assertIn("cashdro.invalid:1", told)

    def test_only_its_own_models_are_offered(self):
        self.assertIn("cashdro3", self.device.models_offered)
        foreign = next(
            key
            for key in dict(self.device._fields["model"]._description_selection(self.env))
            if key not in self.device.models_offered
        )
        with self.assertRaises(ValidationError):
            self.device.model = foreign

    def test_the_certificate_is_fetched_and_pinned(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        certificate = self_signed(Path(folder.name) / "machine.pem", "cashdro.invalid")
        with FakeMachine(certificate) as secure:
            secure.answers.update(
                getDiagnosis=ok({"WithError": False, "Devices": []}),
                getAlerts=ok({"alerts": []}),
                getPiecesCurrency=ok({"pieces": [PIECE]}),
            )
            device = self.device.with_user(self.manager)
            device.write({"cashdro_port": secure.port, "cashdro_tls": "pin"})
            device.action_cashdro_test()
            self.assertIn("not pinned yet", device.state_message)
            device.action_cashdro_pin()
            self.assertEqual(len(read_fingerprint(device.cashdro_fingerprint)), 64)
            device.action_cashdro_test()
            self.assertEqual(device.state, "online", device.state_message)
            secure.calls.clear()
            device.cashdro_fingerprint = "AB" * 32
            device.action_cashdro_test()
            self.assertIn("Nothing was sent", device.state_message)
            self.assertFalse(secure.calls)
            device.write({"cashdro_tls": "ca", "cashdro_ca": _public(certificate)})
            device.action_cashdro_test()
            self.assertEqual(device.state, "online", device.state_message)
            device.cashdro_tls = "unverified"
            device.action_cashdro_test()
            self.assertEqual(device.state, "online", device.state_message)

    def test_nothing_to_pin(self):
        self.device.cashdro_port = 1
        with self.assertRaisesRegex(UserError, "No certificate"):
            self.device.with_user(self.manager).action_cashdro_pin()

    def test_only_managers_test_and_pin(self):
        for action in ("action_cashdro_test", "action_cashdro_pin"):
            with self.assertRaises(AccessError):
                getattr(self.device.with_user(self.cashier), action)()
        self.assertFalse(self.cashdro.calls)

    def test_what_cannot_be_is_refused_when_it_is_entered(self):
        for values, words in (
            ({"cashdro_host": "https://machine"}, "no host"),
            ({"cashdro_host": "machine:443"}, "no host"),
            ({"cashdro_host": "a b"}, "no host"),
            ({"cashdro_host": "user@machine"}, "no host"),
            ({"cashdro_port": 70000}, "port"),
            ({"cashdro_port": -1}, "port"),
            ({"cashdro_fingerprint": "AB:CD"}, "SHA-256"),
            ({"cashdro_tls": "ca", "cashdro_ca": "nonsense"}, "PEM"),
            ({"cashdro_rounding": -0.01}, "negative"),
            ({"cashdro_connect_seconds": 0}, "1 to 60"),
            ({"cashdro_connect_seconds": 61}, "1 to 60"),
            ({"cashdro_answer_seconds": -1}, "1 to 60"),
            ({"cashdro_busy_seconds": 31}, "30 seconds"),
        ):
            with self.assert_invalid(words, ValidationError):
                self.device.write(values)

    def test_a_warning_against_the_machine_s_administrator(self):
        self.assertFalse(self.device.cashdro_user_is_admin)
        self.device.cashdro_user = "Admin"
        self.assertTrue(self.device.cashdro_user_is_admin)

    def test_it_is_filled_and_emptied_whoever_talks_to_it_but_its_cassette_has_a_key(self):
        for transport in ("server", "browser"):
            self.device.transport = transport
            kinds = self.device._driver()._capabilities(self.device)["kinds"]
            self.assertLessEqual({"fill", "exchange", "transfer", "empty"}, set(kinds))
            self.assertNotIn("collect", kinds)

    def test_without_a_machine_user_nothing_is_asked(self):
        self.device.cashdro_password = False
        answer = self.call("start", self.running())
        self.assertEqual(answer["state"], "failed")
        self.assertIn("no machine user", answer["messages"][0]["text"])
        self.assertFalse(self.cashdro.calls)


def _public(path):
    pem = path.read_text()
    return pem[pem.index("-----BEGIN CERTIFICATE") :]
