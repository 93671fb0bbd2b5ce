from odoo import Command, fields

from .common import TERMINAL, HesabeCommon


class InvoicesCommon(HesabeCommon):
    """A customer owes 10.500 KWD for an invoice, and stands at the counter."""

    @classmethod
    def setUpClass(cls, chart_template_ref=None):
        super().setUpClass(chart_template_ref=chart_template_ref)
        cls.biller = cls._user("biller", "point_of_sale.group_pos_user")
        cls.biller.groups_id += cls.env.ref("account.group_account_invoice")
        cls.accountant = cls._user("accountant", "account.group_account_invoice")
        cls.env.ref("product.decimal_price").digits = 3
        cls.payer = cls.env["res.partner"].create({"name": "Noura", "phone": "+965 5555 0000"})
        cls.invoice = cls.new_customer_invoice()

    def setUp(self):
        super().setUp()
        self.commits_end_with_the_test()

    @classmethod
    def new_customer_invoice(cls, amount=10.5, **values):
        line = {
            "name": "Catering",
            "price_unit": amount,
            "account_id": cls.company_data["default_account_revenue"].id,
            "tax_ids": False,
        }
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "journal_id": cls.company_data["default_journal_sale"].id,
                "partner_id": cls.payer.id,
                "currency_id": cls.kwd.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def asked(self, move=None, user=None, **values):
        """The wizard, as the button on the customer invoice opens it."""
        move = self.invoice if move is None else move
        return (
            self.env["hesabe.pay"]
            .with_user(user or self.biller)
            .create({"move_id": move.id, "device_id": self.terminal.id, **values})
        )

    def send(self, move=None, user=None, **values):
        """:returns: the row of what was sent, as superuser"""
        return self.sent(self.asked(move, user, **values))

    def sent(self, wish):
        action = wish.action_send()
        opened = action.get("params", {}).get("next", action)
        self.assertEqual(opened["res_model"], "hesabe.invoice", action)
        return self.seen(self.env["hesabe.invoice"].sudo().browse(opened["res_id"]))

    def free(self, amount=2.0, user=None, **values):
        """Sent without a customer invoice."""
        return self.send(
            self.env["account.move"],
            user or self.manager,
            amount=amount,
            partner_id=self.payer.id,
            description="Deposit",
            **values,
        )

    def seen(self, row):
        row.env.invalidate_all()
        return row

    def check(self, row, user=None):
        row.with_user(user or self.biller).action_check()
        return self.seen(row)

    def paid(self, row, **values):
        self.hesabe.at("pay", **values)
        return self.check(row)

    def job(self):
        self.look_after()

    def due_now(self, row):
        row.operation_id.hesabe_next_look = fields.Datetime.now()
        self.job()
        return self.seen(row)

    def payments(self, partner=None):
        return self.env["account.payment"].search(
            [("partner_id", "=", (partner or self.payer).id)], order="id"
        )

    def panel(self, number="PANEL-1", amount=900):
        """Somebody uses the merchant panel."""
        return self.account._client().create_invoice(
            customer_name="A customer of the panel",
            amount=amount,
            terminal_id=TERMINAL,
            invoice_number=number,
        )

    def fetch(self, user=None):
        day = fields.Date.today()
        wizard = (
            self.env["hesabe.fetch"]
            .with_user(user or self.manager)
            .create(
                {
                    "account_id": self.account.id,
                    "from_day": fields.Date.subtract(day, days=2),
                    "to_day": fields.Date.add(day, days=2),
                }
            )
        )
        wizard.action_fetch()
        return self.env["hesabe.invoice"].sudo().search([("account_id", "=", self.account.id)])
