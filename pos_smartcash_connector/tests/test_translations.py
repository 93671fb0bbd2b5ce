from odoo.addons.pos_smartcash_terminal.tests.common_translations import ArabicCase
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestTranslations(ArabicCase):
    def test_nobody_in_kuwait_reads_english(self):
        self.assert_all_in_arabic("pos_smartcash_connector")
