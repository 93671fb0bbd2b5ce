from .common import CashdroCommon


class TestBrowserLookout(CashdroCommon):
    """What a till's browser found at the machine, done there and not by us."""

    def setUp(self):
        super().setUp()
        self.device.write(
            {"transport": "browser", "cashdro_host": "192.168.1.50", "cashdro_port": 0}
        )

    def write_down(self, *found, user=None, session=None):
        device = self.device.with_user(user or self.cashier)
        return device.cashdro_write_down((session or self.session).id, list(found))

    def imported(self, *numbers):
        return self.device.with_user(self.cashier).cashdro_imported(self.session.id, list(numbers))

    def found(self, number="69", **values):
        return {
            "id": number,
            "type": 16,
            "total": 0,
            "totalIn": 25000,
            "totalOut": 0,
            "changeNotAvailable": 0,
            "alias": None,
            "cashier": "admin",
            **values,
        }

    def rows(self, number="69"):
        return self.Operation.sudo().search(
            [("device_id", "=", self.device.id), ("device_ref", "=", number)]
        )

    def test_it_asks_a_manager_and_only_the_till_stands_for_it(self):
        self.assertEqual(self.write_down(self.found()), {"booked": ["69"]})
        operation = self.rows()
        self.assertEqual(
            (operation.kind, operation.state, operation.evidence, operation.match_state),
            ("cash_in", "done", "client", "open"),
        )
        self.assertEqual((operation.amount_in, operation.session_id), (250.0, self.session))
        self.assertFalse(operation.statement_line_id, "nothing is booked by a guess")
        answer = self.Operation.with_user(self.manager).resolve(operation.uuid, "cash_in", "Float")
        self.assertNotIn("refused", answer)
        self.assertAlmostEqual(operation.statement_line_id.amount, 250.0)

    def test_two_browsers_write_it_down_once(self):
        for _browser in range(2):
            self.assertEqual(self.write_down(self.found()), {"booked": ["69"]})
        self.assertEqual(self.imported("69"), {})
        self.assertFalse(self.rows().cashdro_unimported)
        # The other one asked the machine before it was told.
        self.assertEqual(self.write_down(self.found()), {"booked": ["69"]})
        self.assertEqual(len(self.rows()), 1)

    def test_a_number_that_is_given_again_is_another_operation(self):
        self.write_down(self.found())
        self.imported("69")
        self.write_down(self.found(totalIn=700))
        self.assertEqual(sorted(self.rows().mapped("amount_in")), [7.0, 250.0])

    def test_what_is_told_otherwise_before_it_was_imported_is_disputed(self):
        self.write_down(self.found())
        self.write_down(self.found(totalIn=700))
        self.assertEqual((self.rows().amount_in, self.rows().disputed), (250.0, True))

    def test_a_till_s_own_operation_is_not_written_down_again(self):
        uuid = self.running(amount=990)
        own = self.found(type=4, total=990, totalIn=990, alias=uuid)
        self.assertEqual(self.write_down(own), {"booked": []}, "its till has not told the end yet")
        operation = self.operation(uuid)
        operation._move("failed")
        self.assertEqual(self.write_down(own), {"booked": ["69"]})
        self.assertEqual((operation.state, operation.amount_in), ("failed", 0))
        self.assertEqual((operation.match_state, operation.disputed), ("open", True))
        self.assertFalse(self.rows())

    def test_a_sale_that_odoo_hears_of_later_is_the_same_sale(self):
        sale = self.wish(amount=990)
        found = self.found(type=4, total=990, totalIn=2000, totalOut=1010, alias=sale["uuid"])
        self.assertEqual(self.write_down(found), {"booked": ["69"]})
        answer = self.Operation.with_user(self.cashier).register(sale)
        self.assertEqual((answer["state"], answer["amountIn"]), ("done", 2000))
        said = {"state": "done", "phase": "ended", "amountIn": 2000, "amountOut": 1010}
        self.report(sale["uuid"], self.cashier, **said)
        self.assertFalse(self.rows().disputed)
        self.assertEqual(len(self.rows()), 1)

    def test_only_a_sale_is_expected_to_be_heard_of_later(self):
        for number, said in (
            ("70", {"type": 3, "total": 500, "totalIn": 0, "totalOut": 500}),
            ("71", {"type": 4, "total": 500, "totalIn": 0, "totalOut": 500}),
        ):
            alias = self.wish()["uuid"]
            self.write_down(self.found(number, alias=alias, **said))
            self.assertNotEqual(self.rows(number).uuid, alias)
            self.assertEqual(self.rows(number).match_state, "open")

    def test_nobody_tells_of_a_machine_that_is_not_his(self):
        self.env["smartcash.rule"].create(
            {"payment_method_id": self.machine.id, "user_id": self.colleague.id}
        )
        self.assertEqual(self.write_down(self.found())["refused"]["code"], "no_rule")
        self.assertEqual(self.imported("69")["refused"]["code"], "no_rule")
        self.assertNotIn("refused", self.write_down(self.found("70"), user=self.colleague))
        self.device.transport = "server"
        refused = self.write_down(self.found(), user=self.colleague)["refused"]
        self.assertEqual(refused["code"], "bad_values")
        self.assertFalse(self.rows())

    def test_what_cannot_be_is_refused_as_a_whole(self):
        for wrong in (
            {"id": "x"},
            {"id": 69},
            {"totalIn": -1},
            {"totalOut": 1.5},
            {"total": True},
            {"changeNotAvailable": 10**13},
            {"cashier": 5},
            {"alias": "\x00"},
        ):
            with self.subTest(wrong=wrong):
                answer = self.write_down(self.found("70"), self.found(**wrong))
                self.assertEqual(answer["refused"]["code"], "bad_values")
        for wrong in (None, ["x"], [self.found()] * 51):
            answer = self.device.with_user(self.cashier).cashdro_write_down(self.session.id, wrong)
            self.assertEqual(answer["refused"]["code"], "bad_values")
        self.assertEqual(self.imported(69)["refused"]["code"], "bad_values")
        self.assertFalse(self.rows("70"))

    def test_an_operation_that_still_runs_is_not_called_imported(self):
        uuid = self.running()
        operation = self.operation(uuid)
        operation.write({"device_ref": "69", "cashdro_unimported": True})
        self.imported("69")
        self.assertTrue(operation.cashdro_unimported)
