"""What Odoo would export for translators, beside what an addon has in Arabic."""

import polib
from odoo.modules import get_module_path
from odoo.tests import TransactionCase
from odoo.tools.translate import TranslationModuleReader


class ArabicCase(TransactionCase):
    def assert_all_in_arabic(self, module):
        """Fail with the strings that somebody in Kuwait would read in English."""
        folder = get_module_path(module)
        known = {
            entry.msgid
            for entry in polib.pofile(f"{folder}/i18n/ar.po")
            if entry.translated() and not entry.obsolete
        }
        missing = sorted(self.exported(module) - known)
        self.assertFalse(missing, f"{module}: {len(missing)} strings are not in i18n/ar.po")

    def exported(self, module):
        rows = TranslationModuleReader(self.env.cr, [module])
        return {source for _module, _type, _name, _id, source, _value, _comments in rows}
