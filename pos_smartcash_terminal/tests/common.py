from contextlib import contextmanager
from unittest.mock import patch
from uuid import uuid4

from odoo import Command
from odoo.addons.point_of_sale.tests.common import TestPoSCommon
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..core.driver_api import DeviceRefused
from ..core.progress import KINDS, MONEY_OUT, Progress


class FakeMachine:
    """The behaviour of the test-only makes ``faketill`` and ``fakeserver``; tests script it."""

    def __init__(self):
        self.calls = []
        self.answers = {}
        self.signatures = {}
        self.inventory = None

    def answer(self, verb, operation):
        self.calls.append((verb, operation.uuid))
        answer = self.answers[verb]
        if callable(answer):
            answer = answer(operation)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def count(self):
        if isinstance(self.inventory, Exception):
            raise self.inventory
        return self.inventory


class FakeMakes:
    """Adds the test-only makes to the registry, for the time of a test class."""

    @classmethod
    def _add_fake_makes(cls):
        cls.fake = FakeMachine()
        makes = [("faketill", "Fake at the till"), ("fakeserver", "Fake behind the server")]
        keys = [key for key, _label in makes]
        device_class = cls.registry["smartcash.device"]
        method_class = cls.registry["pos.payment.method"]
        driver = cls.env["smartcash.device"]._fields["driver"]
        cls.startClassPatcher(patch.object(driver, "selection", driver.selection + makes))
        selection, terminals, machines = (
            method_class._get_payment_terminal_selection,
            method_class._smartcash_terminal_keys,
            method_class._smartcash_machine_keys,
        )
        drivers = cls._fake_drivers(cls.registry["smartcash.driver"], cls.fake)
        cls.fake_till, cls.fake_server = drivers["faketill"], drivers["fakeserver"]
        driver_of = device_class._driver_of

        def find(self, make):
            return drivers[make](self.env, (), ()) if make in drivers else driver_of(self, make)

        for owner, name, value in [
            (method_class, "_get_payment_terminal_selection", lambda self: selection(self) + makes),
            (method_class, "_smartcash_terminal_keys", lambda self: [*terminals(self), *keys]),
            (method_class, "_smartcash_machine_keys", lambda self: [*machines(self), *keys]),
            (device_class, "_driver_of", find),
        ]:
            cls.startClassPatcher(patch.object(owner, name, value))

    @staticmethod
    def _fake_drivers(contract, fake):
        """:returns: the drivers by make: classes of their own, which no registry knows"""

        class Fake(contract):
            _register = False
            _takes_cash = True

            def _capabilities(self, device):
                return {"kinds": list(KINDS), "partial": True, "inventory": True}

        class FakeTill(Fake):
            _register = False
            _transports = ("gateway", "browser")
            _default_endpoint = "http://127.0.0.1:8787"
            _signs = True

            def _verify(self, operation, signature):
                if signature not in fake.signatures:
                    raise DeviceRefused("not signed with this device's key")
                return fake.signatures[signature]

            def _access(self, device, session, scope, operation=None):
                name = f"{'+'.join(scope)}:{operation.uuid if operation else 'shift'}"
                return {"token": name, "expiresAt": 1}

        class FakeServer(Fake):
            _register = False
            _transports = ("server",)

            def _inventory(self, device):
                return fake.count()

            def _start(self, operation):
                return fake.answer("start", operation)

            def _poll(self, operation):
                return fake.answer("poll", operation)

            def _cancel(self, operation):
                return fake.answer("cancel", operation)

            def _accept(self, operation):
                return fake.answer("accept", operation)

            def _resend(self, operation):
                return fake.answer("resend", operation)

        return {"faketill": FakeTill, "fakeserver": FakeServer}


@tagged("post_install", "-at_install")
class SmartcashCommon(FakeMakes, TestPoSCommon):
    """A POS whose cash is a machine of a make that exists only in tests."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls._add_fake_makes()
        cls.usd = cls.company_currency
        cls.journal = cls._cash_journal("Machine", "MCH")
        cls.device = cls._device("Till 1", "faketill")
        cls.machine = cls._method("Machine", cls.journal, cls.device)
        cls.basic_config.payment_method_ids = [Command.set((cls.machine | cls.bank_pm1).ids)]
        cls.config = cls.basic_config
        cls.product = cls.env["product.product"].create(
            {"name": "Coffee", "available_in_pos": True, "list_price": 9.90, "taxes_id": False}
        )
        cls.cashier = cls._user("cashier", "point_of_sale.group_pos_user")
        cls.colleague = cls._user("colleague", "point_of_sale.group_pos_user")
        cls.manager = cls._user("manager", "point_of_sale.group_pos_manager")
        cls.employee = cls._user("employee", "base.group_user")
        cls.portal = cls._user("portal", "base.group_portal")
        cls.company_b = cls.company_data_2["company"]
        cls.foreigner = cls._user("foreigner", "point_of_sale.group_pos_manager", cls.company_b)
        cls.Operation = cls.env["smartcash.operation"]

    def setUp(self):
        super().setUp()
        self.config = self.basic_config
        self.open_new_session(0)
        self.session = self.pos_session
        self.fake.calls.clear()
        self.fake.answers.clear()

    def open_new_session(self, opening_cash=0):
        """As core's, after somebody has counted what is in the machine."""
        self.config.open_ui()
        self.pos_session = self.config.current_session_id
        if self.pos_session._smartcash_method():
            self.count("opening", round(opening_cash * 100))
        return super().open_new_session(opening_cash)

    def count(self, moment, total):
        """A person counts ``total`` minor units in the machine of the session."""
        answer = self.env["smartcash.count"].take(
            self.pos_session.id, moment, {"total": total, "reason": "Counted by hand"}
        )
        self.assertNotIn("refused", answer)
        return answer

    # ---- records -----------------------------------------------------------------------------

    @classmethod
    def _cash_journal(cls, name, code, **values):
        return cls.env["account.journal"].create(
            {"name": name, "code": code, "type": "cash", **values}
        )

    @classmethod
    def _device(cls, name, driver, **values):
        return cls.env["smartcash.device"].create(
            {"name": name, "driver": driver, "currency_id": cls.company_currency.id, **values}
        )

    @classmethod
    def _method(cls, name, journal, device, **values):
        return cls.env["pos.payment.method"].create(
            {
                "name": name,
                "journal_id": journal.id,
                "use_payment_terminal": device.driver,
                "smartcash_device_id": device.id,
                "receivable_account_id": cls.pos_receivable_cash.id,
                **values,
            }
        )

    @classmethod
    def _user(cls, login, group, company=None):
        company = company or cls.env.company
        groups = cls.env.ref(group)
        if group != "base.group_portal":
            groups |= cls.env.ref("base.group_user")
        return cls.env["res.users"].create(
            {
                "name": login,
                "login": f"smartcash_{login}",
                "email": f"{login}@example.com",
                "groups_id": [Command.set(groups.ids)],
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
            }
        )

    def foreign_till(self, currency, rate=1.0):
        """A POS of its own, in another currency than the company's.

        :param str currency: xml id
        :param rate: of the currency, per unit of the company's
        :returns: its open session and its machine's payment method
        """
        currency = self.env.ref(currency)
        currency.active = True
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": rate,
            }
        )
        code = currency.name
        journal = self._cash_journal(f"Machine {code}", f"M{code}", currency_id=currency.id)
        device = self._device(f"Till {code}", "faketill", currency_id=currency.id)
        machine = self._method(f"Machine {code}", journal, device)
        pricelist = self.env["product.pricelist"].create({"name": code, "currency_id": currency.id})
        sales = self.env["account.journal"].create(
            {
                "name": f"Sales {code}",
                "code": f"S{code}",
                "type": "sale",
                "currency_id": currency.id,
            }
        )
        config = self.env["pos.config"].create(
            {
                "name": f"Shop {code}",
                "journal_id": sales.id,
                "invoice_journal_id": sales.id,
                "use_pricelist": True,
                "pricelist_id": pricelist.id,
                "available_pricelist_ids": [Command.set(pricelist.ids)],
                "payment_method_ids": [Command.set(machine.ids)],
            }
        )
        config.open_ui()
        return config.current_session_id, machine

    # ---- the till -------------------------------------------------------------------------------

    def wish(self, **values):
        return {
            "uuid": str(uuid4()),
            "kind": "sale",
            "amount": 990,
            "currency": self.company_currency.name,
            "session_id": self.session.id,
            "payment_method_id": self.machine.id,
            "order_uid": "00001-001-0001",
            "order_name": "Order 00001-001-0001",
            "cashier": "Ana",
            "allow_partial": False,
            "reference": None,
            **values,
        }

    def register(self, user=None, **values):
        """By the cashier; money out by a manager while no rule says that anybody else may."""
        wish = self.wish(**values)
        is_out = wish["kind"] in MONEY_OUT and not wish.get("parent_uuid")
        if not user:
            user = self.manager if is_out and not self.machine.smartcash_rule_ids else self.cashier
        return self.Operation.with_user(user).register(wish)

    def running(self, user=None, **values):
        """The uuid of a sale that has just been registered."""
        answer = self.register(user, **values)
        self.assertNotIn("refused", answer)
        return answer["uuid"]

    def report(self, uuid, user=None, **progress):
        wire = Progress(
            progress.pop("state", "running"), progress.pop("phase", "accepting")
        ).to_wire()
        unknown = set(progress) - set(wire)
        self.assertFalse(unknown, "no such key of a progress")
        user = user or self.operation(uuid).user_id or self.cashier
        return self.Operation.with_user(user).report(uuid, {**wire, **progress})

    def done(self, uuid, amount_in=2000, amount_out=1010, **progress):
        return self.report(
            uuid, state="done", phase="ended", amountIn=amount_in, amountOut=amount_out, **progress
        )

    def sign(self, uuid, amount_in=2000, amount_out=1010, **claims):
        """The gateway's signature under the end of a sale of 9.90."""
        self.fake.signatures[f"signed:{uuid}"] = {
            "op": uuid,
            "device": self.device.uid,
            "kind": "sale",
            "state": "done",
            "amount": 990,
            "amount_in": amount_in,
            "amount_out": amount_out,
            "undispensed": 0,
            "iat": 1,
            **claims,
        }
        return f"signed:{uuid}"

    def operation(self, uuid):
        operation = self.Operation.search([("uuid", "=", uuid)])
        operation.invalidate_recordset()
        return operation

    def sync(self, amount, smartcash_uuid, *, draft=False, quantity=1, method=None, uid=None):
        """Save an order of ``quantity`` coffees, paid with one line that carries ``smartcash_uuid``."""
        data = self.create_ui_order_data(
            [(self.product, quantity)], payments=[(method or self.machine, amount)], uid=uid
        )
        data["data"]["statement_ids"][0][2]["smartcash_uuid"] = smartcash_uuid
        saved = self.env["pos.order"].with_user(self.cashier).create_from_ui([data], draft=draft)
        return data, self.env["pos.order"].browse(saved[0]["id"])

    def as_till(self, records):
        """These records, where payments are made as a till sends them."""
        return records.with_context(**self.env["pos.payment"]._till_sync_context())

    @contextmanager
    def assert_invalid(self, text, error=ValidationError):
        """The block raises ``error`` with ``text``, and leaves nothing behind."""
        with self.assertRaisesRegex(error, text), self.env.cr.savepoint():
            yield

    @contextmanager
    def discarded(self):
        """What the block does is undone at its end."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.cr.clear()

    def assert_refused(self, answer, code):
        self.assertIn("refused", answer)
        self.assertEqual(answer["refused"]["code"], code, answer["refused"]["message"])
        self.assertTrue(answer["refused"]["message"])
        return answer["refused"]
