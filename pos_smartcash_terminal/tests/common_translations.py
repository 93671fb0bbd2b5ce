"""What Odoo would export for translators, beside what an addon has in each language."""

import re

import polib
from odoo.modules import get_module_path
from odoo.tests import TransactionCase
from odoo.tools.translate import TranslationModuleReader

LANGUAGES = ("ar", "es", "fr")
#: What a translation must have as often as its source: values that are put in, and tags.
_KEPT = re.compile(r"%\(\w+\)[sdf]|%[sdf%]|%\.\d[fd]|\$\{[^}]*\}|\{[\w.]*\}|</?[a-zA-Z][\w-]*")


class TranslationCase(TransactionCase):
    def assert_translated(self, module):
        """Fail with the strings of an addon that somebody would read in English, or without a value."""
        sources = self.exported(module)
        for language in LANGUAGES:
            with self.subTest(language=language):
                known = self.translations(module, language)
                missing = sorted(sources - set(known))
                self.assertFalse(missing, f"{len(missing)} strings are not in i18n/{language}.po")
                different = [
                    (source, text)
                    for source, text in known.items()
                    if sorted(_KEPT.findall(source)) != sorted(_KEPT.findall(text))
                ]
                self.assertFalse(different, "the values or tags of these differ")

    def exported(self, module):
        rows = TranslationModuleReader(self.env.cr, [module])
        return {source for _module, _type, _name, _id, source, _value, _comments in rows}

    def translations(self, module, language):
        """Return {source: translation} of an addon."""
        entries = polib.pofile(f"{get_module_path(module)}/i18n/{language}.po")
        return {e.msgid: e.msgstr for e in entries if e.translated() and not e.obsolete}
