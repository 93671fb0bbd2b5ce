"""Tills with a card terminal of Hesabe each: the simulated cloud, and their set-up in Odoo. Amounts: fils."""

import contextlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from smartcash_simulators.hesabe.merchant import Merchant
from smartcash_simulators.hesabe.testing import HesabeSimulator
from tests.bench.tills import StaffedTill, staff
from tests.deployment import Deployment
from tests.odoo_rpc import OdooError, OdooRpc
from tests.waiting import until
from tests.world import make_method

ADDON = "pos_hesabe_smartpos"
METHOD = "Hesabe"


class Cloud(HesabeSimulator):
    """One merchant's cloud with so many terminals; the webhook has to be pointed at someone."""

    def __init__(self, terminals: int = 1) -> None:
        super().__init__(arguments=("--terminals", str(terminals)))

    def terminals(self) -> list[str]:
        return [terminal["number"] for terminal in self.state()["terminals"]]

    def wait_shown(self, terminal: str) -> None:
        """Wait until the terminal asks for a card."""

        def shown() -> bool:
            return any(
                one["number"] == terminal and one["invoice"] for one in self.state()["terminals"]
            )

        until("the terminal to ask for a card", shown, pause=0.02)

    def calls(self, *names: str) -> int:
        """How often the API was called so far; by these names, if there are any."""
        calls = self.state()["calls"]
        return sum(calls.get(name, 0) for name in names or calls)


def pause_jobs(odoo: OdooRpc) -> None:
    """Stop the addon's scheduled jobs: they ask Hesabe too, and what is counted is what the tills ask."""
    rows = odoo.search_read(
        "ir.model.data", [("module", "=", ADDON), ("model", "=", "ir.cron")], ["res_id"]
    )

    def paused() -> bool:
        with contextlib.suppress(OdooError):  # refused while one of them runs
            odoo.call("ir.cron", "write", [row["res_id"] for row in rows], {"active": False})
            return True
        return False

    until("the scheduled jobs to pause", paused)


@dataclass(frozen=True)
class Account:
    """The merchant's account in Odoo, and where its webhooks go (without Odoo's address)."""

    id: int
    webhook_path: str


def make_account(odoo: OdooRpc, cloud: Cloud, name: str) -> Account:
    """Enter the simulated merchant, by whatever name."""
    account = odoo.call(
        "hesabe.account",
        "create",
        {
            "name": name,
            "merchant_url": cloud.api,
            "gateway_url": cloud.api,
            "merchant_code": Merchant.code,
            "access_code": Merchant.access_code,
            "secret_key": Merchant.secret_key,
            "iv_key": Merchant.iv_key,
            "username": Merchant.username,
            "password": Merchant.password,
        },
    )
    (row,) = odoo.call("hesabe.account", "read", [account], ["webhook_url"])
    return Account(account, urlsplit(row["webhook_url"]).path)


@dataclass(frozen=True)
class KuwaitiShop:
    """What tills in dinars share, in a company that works in euros."""

    currency_id: int
    sales_journal_id: int
    pricelist_id: int
    #: With one method alone Odoo's payment screen would choose by itself.
    other_method_id: int


def make_kuwaiti_shop(odoo: OdooRpc, name: str) -> KuwaitiShop:
    """Make what the tills of one shop in dinars share; ``name``: its first five letters are its own."""
    (dinar,) = odoo.call(
        "res.currency", "search", [("name", "=", "KWD"), ("active", "in", [True, False])]
    )
    odoo.call("res.currency", "write", [dinar], {"active": True})
    in_dinars = {"name": name, "currency_id": dinar}
    return KuwaitiShop(
        dinar,
        odoo.call("account.journal", "create", {**in_dinars, "type": "sale", "code": name[:5]}),
        odoo.call("product.pricelist", "create", in_dinars),
        make_method(odoo, f"{name} bank", "bank", currency=dinar),
    )


def make_hesabe_till(
    stack: Deployment, number: int, shop: KuwaitiShop, account: Account, terminal: str
) -> StaffedTill:
    """Make device, payment method, till number ``number`` and its cashier, and open its session."""
    odoo = stack.rpc()
    device = odoo.call(
        "smartcash.device",
        "create",
        {
            "name": f"{METHOD} {number}",
            "driver": "hesabe",
            "transport": "server",
            "currency_id": shop.currency_id,
            "hesabe_account_id": account.id,
            "hesabe_terminal_id": terminal,
        },
    )
    method = make_method(
        odoo,
        f"{METHOD} {number}",
        "bank",
        currency=shop.currency_id,
        use_payment_terminal="hesabe",
        smartcash_device_id=device,
        smartcash_close_sale=True,
        smartcash_auto_start=False,
    )
    config = odoo.call(
        "pos.config",
        "create",
        {
            "name": f"{METHOD} till {number}",
            "journal_id": shop.sales_journal_id,
            "invoice_journal_id": shop.sales_journal_id,
            "use_pricelist": True,
            "pricelist_id": shop.pricelist_id,
            "available_pricelist_ids": [(6, 0, [shop.pricelist_id])],
            "payment_method_ids": [(6, 0, [method, shop.other_method_id])],
        },
    )
    return staff(stack, f"hesabe{number}", config, method)
