"""Spreadsheets whose amounts are those of the books, digit by digit."""

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet


class AmountSheet(Worksheet):
    """The library writes 16 digits of a number, which makes 866.9400000000001 of 866.94."""

    def _xml_number_element(self, number, attributes=()):
        attrs = "".join(f' {key}="{self._escape_attributes(value)}"' for key, value in attributes)
        self.fh.write(f"<c{attrs}><v>{number:.15G}</v></c>")


class AmountWorkbook(Workbook):
    """Text is text: nothing that somebody typed becomes a formula."""

    worksheet_class = AmountSheet

    def __init__(self, output):
        super().__init__(output, {"in_memory": True, "strings_to_formulas": False})
