from odoo.addons.pos_smartcash_terminal.tests.common_translations import TranslationCase
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestTranslations(TranslationCase):
    def test_nobody_reads_a_foreign_language(self):
        self.assert_translated("pos_smartcash_connector")
