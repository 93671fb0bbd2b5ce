import inspect
import json

from odoo import Command
from odoo.api import call_kw
from odoo.exceptions import AccessError
from odoo.models import check_method_name
from odoo.tools import mute_logger
from psycopg2 import sql

from .common import SmartcashCommon

#: What browsers are meant to call; `test_access` says who may.
PUBLIC = {
    "register",
    "report",
    "start",
    "poll",
    "cancel",
    "accept",
    "resend",
    "pending",
    "lookup",
    "resolve",
    "not_handed_over",
    "issue_token",
}
LEDGER = ("smartcash.operation", "smartcash.operation.event")
TABLES = ("smartcash_operation", "smartcash_operation_event")
ROWS = sql.SQL("SELECT row_to_json(t)::text FROM {} t ORDER BY id")
#: What saving a payment may change of an operation: where it stands in the books, nothing of what moved.
MATCH_COLUMNS = {"match_state", "pos_payment_id", "pos_order_id", "write_date", "write_uid"}


class TestRpcSurface(SmartcashCommon):
    """Whatever a browser calls, only the public methods add to the ledger or change it."""

    def setUp(self):
        super().setUp()
        uuid = self.running()
        self.done(uuid, signature=self.sign(uuid))
        self.ledger = self.operation(uuid)
        self.users = (self.cashier, self.manager, self.env.ref("base.user_admin"))
        self.env.flush_all()
        self.before = self.rows()

    def rows(self):
        rows = {}
        for table in TABLES:
            self.env.cr.execute(ROWS.format(sql.Identifier(table)))
            rows[table] = [json.loads(row[0]) for row in self.env.cr.fetchall()]
        return rows

    def attempt(self, user, model, method, args):
        """Call as a browser would; undo it.

        :returns: the name of the exception or None, and the ledger's rows as they were afterwards
        """
        error, rows, self.answer = None, None, None
        with self.undone(), mute_logger("odoo.sql_db", "odoo.models", "odoo.http"):
            try:
                check_method_name(method)
                with self.env.cr.savepoint():
                    self.answer = call_kw(self.env[model].with_user(user), method, args, {})
            except Exception as caught:  # noqa: BLE001 (guessed arguments: the ledger is what counts)
                error = caught
            rows = self.rows()
        return error, rows

    def undone(self):
        test = self

        class Undone:
            def __enter__(self):
                self.savepoint = test.env.cr.savepoint()

            def __exit__(self, *_exception):
                test.env.invalidate_all(flush=False)
                test.env.cache.clear()
                self.savepoint.close(rollback=True)

        return Undone()

    def guess(self, function, ids, values):
        """Arguments that make the most of a method, by the names of its parameters."""
        known = {
            "vals": values,
            "values": values,
            "vals_list": [values],
            "specification": {"id": {}},
            "fields": list(values),
            "data": [list(map(str, values.values()))],
            "records": ids,
            "domain": [],
            "name": "forged",
            "default": values,
            "field_name": "message",
            "field_names": list(values),
            "fnames": list(values),
            "groupby": ["create_uid"],
            "translations": {"en_US": "forged"},
            "ids": ids,
            "res_ids": ids,
            "active_id": ids[0],
        }
        if getattr(function, "_api", None) == "model_create":
            return [[values]]
        arguments = [] if getattr(function, "_api", None) == "model" else [ids]
        parameters = list(inspect.signature(function).parameters.values())[1:]
        for parameter in parameters:
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                break
            if parameter.kind is parameter.KEYWORD_ONLY:
                break
            arguments.append(known.get(parameter.name, "forged"))
        return arguments

    def public_methods(self, model):
        for name, function in inspect.getmembers(type(self.env[model]), callable):
            if not name.startswith("_") and name != "init" and not inspect.isclass(function):
                yield name, function

    def test_the_ledger_has_no_public_methods_but_the_few(self):
        for model, expected in zip(LEDGER, (PUBLIC | {"init", "write"}, {"write"}), strict=True):
            ours = {
                name
                for owner in type(self.env[model]).__mro__
                if owner.__module__.startswith("odoo.addons.pos_smartcash")
                for name, value in vars(owner).items()
                if not name.startswith("_") and inspect.isfunction(value)
            }
            self.assertEqual(ours, expected)
        self.assertFalse(hasattr(type(self.env["smartcash.operation"]), "message_post"))
        self.assertFalse(hasattr(type(self.env["smartcash.operation"]), "activity_schedule"))

    def test_no_method_of_the_framework_writes_the_ledger(self):
        event = self.ledger.event_ids[0]
        cases = {
            "smartcash.operation": (self.ledger.ids, {"message": "forged", "amount_in": 1.0}),
            "smartcash.operation.event": (event.ids, {"message": "forged"}),
        }
        tried = set()
        for model, (ids, values) in cases.items():
            for name, function in self.public_methods(model):
                if name in PUBLIC and model == "smartcash.operation":
                    continue
                arguments = self.guess(function, ids, values)
                for user in self.users:
                    with self.subTest(model=model, method=name, user=user.login):
                        _error, rows = self.attempt(user, model, name, arguments)
                        self.assertEqual(rows, self.before)
                tried.add(name)
        must = {"create", "write", "unlink", "copy", "load", "web_save", "toggle_active"}
        self.assertLessEqual(must | {"action_archive", "name_create", "update"}, tried)

    def test_the_known_ways_in_are_refused_and_not_only_without_effect(self):
        ids, event = self.ledger.ids, self.ledger.event_ids[0]
        created = {
            "uuid": "0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d",
            "kind": "sale",
            "device_id": self.device.id,
            "company_id": self.company.id,
            "currency_id": self.usd.id,
        }
        for user in self.users:
            for model, method, arguments in (
                ("smartcash.operation", "create", [[created]]),
                ("smartcash.operation", "write", [ids, {"state": "failed"}]),
                ("smartcash.operation", "web_save", [ids, {"amount_in": 1}, {"id": {}}]),
                ("smartcash.operation", "web_save", [[], created, {"id": {}}]),
                ("smartcash.operation", "unlink", [ids]),
                ("smartcash.operation", "copy", [ids]),
                ("smartcash.operation", "write", [ids, {"event_ids": [Command.clear()]}]),
                ("smartcash.operation", "write", [ids, {"child_ids": [Command.create(created)]}]),
                (
                    "smartcash.operation.event",
                    "create",
                    [[{"operation_id": ids[0], "kind": "step"}]],
                ),
                ("smartcash.operation.event", "write", [event.ids, {"message": "forged"}]),
                ("smartcash.operation.event", "unlink", [event.ids]),
            ):
                with self.subTest(user=user.login, model=model, method=method):
                    error, rows = self.attempt(user, model, method, arguments)
                    self.assertIsInstance(error, AccessError)
                    self.assertEqual(rows, self.before)
            with self.undone(), mute_logger("odoo.sql_db"):
                answer = (
                    self.env["smartcash.operation"]
                    .with_user(user)
                    .load([".id", "message"], [[str(ids[0]), "forged"]])
                )
                self.assertFalse(answer["ids"])
                self.assertEqual(self.rows(), self.before)

    def test_no_other_model_reaches_the_ledger_by_commands(self):
        created = {
            "uuid": "0b6f1c0e-8f5b-4b0a-9c5e-1d2f3a4b5c6d",
            "kind": "sale",
            "message": "forged",
        }
        other = self._device("Other", "faketill")
        self.env.flush_all()
        tried = set()
        for model in self.env.registry:
            for name, field in self.env[model]._fields.items():
                if field.comodel_name not in LEDGER or field.type not in ("one2many", "many2many"):
                    continue
                record = self.record_of(model)
                target = (
                    self.ledger.id
                    if field.comodel_name == LEDGER[0]
                    else self.ledger.event_ids[0].id
                )
                for command in (
                    Command.create(created),
                    Command.update(target, {"message": "forged"}),
                    Command.delete(target),
                    Command.unlink(target),
                    Command.link(target),
                    Command.clear(),
                    Command.set([]),
                ):
                    owner = other if model == "smartcash.device" and command[0] == 4 else record
                    for user in self.users:
                        with self.subTest(
                            model=model, field=name, command=command, user=user.login
                        ):
                            arguments = [owner.ids, {name: [command]}]
                            _error, rows = self.attempt(user, model, "write", arguments)
                            self.assertEqual(rows, self.before)
                tried.add((model, name))
        self.assertLessEqual(
            {("smartcash.device", "operation_ids"), ("smartcash.operation", "event_ids")}, tried
        )

    def record_of(self, model):
        decisions = self.env["smartcash.resolve.many"]
        known = {
            "smartcash.device": lambda: self.device,
            "smartcash.operation": lambda: self.ledger,
            "smartcash.resolve.many": lambda: decisions.create(
                {"operation_ids": self.ledger.ids, "reason": "x"}
            ),
            "smartcash.setup": lambda: self.env["smartcash.setup"].create(
                {"name": "x", "driver": "faketill", "config_id": self.config.id}
            ),
        }
        return known[model]()  # a new way in wants to be looked at: KeyError

    def test_payments_decide_only_where_an_operation_stands_in_the_books(self):
        _data, order = self.sync(9.90, None)
        payment = order.payment_ids
        self.env.flush_all()
        forged = {"smartcash_uuid": self.ledger.uuid, "amount": 9.90}
        for user in self.users:
            for model, ids, values in (
                ("pos.payment", payment.ids, forged),
                ("pos.order", order.ids, {"payment_ids": [Command.update(payment.id, forged)]}),
            ):
                with self.subTest(user=user.login, model=model):
                    _error, rows = self.attempt(user, model, "write", [ids, values])
                    old, new = self.before[TABLES[0]][0], rows[TABLES[0]][0]
                    changed = {name for name in old if old[name] != new[name]}
                    self.assertLessEqual(changed, MATCH_COLUMNS)
                    self.assertEqual(len(rows[TABLES[0]]), len(self.before[TABLES[0]]))
                    kept = len(self.before[TABLES[1]])
                    self.assertEqual(rows[TABLES[1]][:kept], self.before[TABLES[1]])
                    self.assertLessEqual({row["kind"] for row in rows[TABLES[1]][kept:]}, {"match"})

    # ---- people who have nothing to do with a till ------------------------------------------------

    def our_methods(self):
        """The public methods that our addons define or override, of every model."""
        base = self.env.ref("base.module_pos_smartcash_terminal")
        # The makes are found: they need the base.
        names = (base | base.downstream_dependencies()).mapped("name")
        ours = tuple(f"odoo.addons.{name}." for name in names)
        for model in sorted(self.env.registry):
            seen = set()
            for owner in type(self.env[model]).__mro__:
                if not owner.__module__.startswith(ours):
                    continue
                for name, value in vars(owner).items():
                    if name.startswith("_") or name in seen or not inspect.isfunction(value):
                        continue
                    seen.add(name)
                    yield model, name, getattr(type(self.env[model]), name)

    def test_whoever_has_no_access_to_a_till_reaches_none_of_our_methods(self):
        self.employee.email = self.portal.email = False
        known = {
            "smartcash.device": self.device,
            "smartcash.operation": self.ledger,
            "smartcash.operation.event": self.ledger.event_ids[:1],
            "pos.session": self.session,
        }
        tried = set()
        for model, name, function in self.our_methods():
            if name in ("init", "create", "copy") or self.env[model]._abstract:
                continue
            record = known.get(model) or self.env[model].search([], limit=1)
            if not record:
                continue
            arguments = self.guess(function, record.ids, {"id": record.id})
            for user in (self.employee, self.portal):
                with self.subTest(model=model, method=name, user=user.login):
                    error, rows = self.attempt(user, model, name, arguments)
                    # Which window to open is no secret: what is in it, the window asks for itself.
                    kind = (self.answer or {}).get("type", "")
                    if not kind.startswith("ir.actions."):
                        self.assertIsInstance(error, AccessError)
                    self.assertEqual(rows, self.before)
            tried.add((model, name))
        self.assertLessEqual(
            {
                ("pos.session", "get_closing_control_data"),
                ("pos.session", "set_cashbox_pos"),
                ("pos.session", "post_closing_cash_details"),
                ("pos.session", "action_pos_session_closing_control"),
                ("smartcash.count", "take"),
                ("smartcash.device", "levels"),
            },
            tried,
        )

    def test_a_session_takes_messages_only_from_who_may_write_on_it(self):
        stranger = self.manager.partner_id.id
        for user in (self.employee, self.portal):
            user.email = False
            for values in ({}, {"author_id": stranger}, {"email_from": "boss@example.com"}):
                with self.subTest(user=user.login, values=values), self.assertRaises(AccessError):
                    call_kw(
                        self.env["pos.session"].with_user(user),
                        "message_post",
                        [self.session.ids],
                        {"body": "forged", **values},
                    )
