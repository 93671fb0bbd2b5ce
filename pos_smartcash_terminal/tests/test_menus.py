import re
from pathlib import Path

from odoo import Command
from odoo.modules import get_module_path
from odoo.modules.module import get_manifest
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

SEPARATOR = re.compile(r"\s+>\s+")
#: Where a path in our texts begins; "Configuration" and "SmartCash" are those of the Point of Sale.
PATH = re.compile(r"(Point of Sale|Invoicing|Configuration|SmartCash)(?:\s+>\s+[\w' -]+)+")


@tagged("post_install", "-at_install")
class TestMenus(TransactionCase):
    """Whoever reads "go to X > Y" finds it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.menus = cls.env["ir.ui.menu"].with_context({"ir.ui.menu.full_list": True}).search([])
        cls.ours = (
            cls.env["ir.module.module"]
            .search([("state", "=", "installed")])
            .filtered(lambda module: module.author == "SmartCash contributors")
            .mapped("name")
        )

    def missing(self, text):
        """:returns: the paths of a text that lead nowhere"""
        text = " ".join(text.replace("*", ",").split())
        return [match[0] for match in PATH.finditer(text) if not self.leads(match[0])]

    def leads(self, path):
        first, *steps = SEPARATOR.split(path)
        found = self.menus.filtered(lambda menu: menu.name == first)
        if first not in ("Point of Sale", "Invoicing"):
            root = self.env.ref("point_of_sale.menu_point_root")
            found = found.filtered(lambda menu: menu.parent_path.startswith(root.parent_path))
        for step in steps:
            # The last one is followed by the rest of the sentence; New is the button of a list.
            found = found.child_id.filtered(lambda menu, step=step: step.startswith(menu.name)) or (
                found if step.startswith("New") else found.browse()
            )
        return bool(found)

    def test_every_menu_that_a_text_names_exists(self):
        rows = TranslationModuleReader(self.env.cr, self.ours)
        texts = {source for _module, _type, _name, _id, source, _value, _comments in rows}
        named = [text for text in texts if PATH.search(" ".join(text.split()))]
        self.assertGreater(len(named), 5, "the texts are read")
        self.assertEqual([text for text in named if self.missing(text)], [])

    def test_every_menu_that_a_guide_names_exists(self):
        addons = [Path(get_module_path(name)) for name in self.ours]
        guides = {guide for addon in addons for guide in addon.glob("readme/*.md")}
        guides |= set(addons[0].parent.glob("docs/*.md"))
        found = {
            guide.name: missing
            for guide in guides
            if (missing := self.missing(guide.read_text(encoding="utf-8")))
        }
        self.assertEqual(found, {})

    def test_apps_finds_each_make_with_its_usual_filter(self):
        base = self.env.ref("base.module_pos_smartcash_terminal")
        makes = base.downstream_dependencies()
        for name in set(makes.mapped("name")) & set(self.ours):
            manifest = get_manifest(name)
            self.assertTrue(manifest["application"], name)

    def test_the_machines_are_not_hidden_under_configuration(self):
        root = self.env.ref("point_of_sale.menu_point_root")
        self.assertEqual(self.env.ref("pos_smartcash_terminal.smartcash_menu").parent_id, root)

    def test_who_sees_the_menus(self):
        names = {"group_pos_user": set(), "group_pos_manager": set()}
        for group, seen in names.items():
            groups = self.env.ref("base.group_user") | self.env.ref(f"point_of_sale.{group}")
            user = self.env["res.users"].create(
                {
                    "name": group,
                    "login": f"smartcash_{group}",
                    "groups_id": [Command.set(groups.ids)],
                }
            )
            menu = self.env.ref("pos_smartcash_terminal.smartcash_menu")
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            seen.update(child.name for child in menu.child_id if child.id in visible)
        self.assertLessEqual({"Devices", "Open Questions", "Operations"}, names["group_pos_user"])
        self.assertLessEqual(
            {*names["group_pos_user"], "Counts", "Refused"}, names["group_pos_manager"]
        )
        self.assertNotIn("Refused", names["group_pos_user"])
