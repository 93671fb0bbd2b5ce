"""Each mutation still finds in the source what it breaks, and its test is still there."""

import pytest

from stack.one_test import find
from stack.paths import ROOT
from tests.mutations.table import MUTANTS
from tests.schedules.mutations import MUTATIONS as OF_SCHEDULES
from tests.week.mutations import MUTATIONS as OF_WEEKS

EDITS = [
    (name, edit)
    for table in (OF_SCHEDULES, OF_WEEKS)
    for name, edits in table.items()
    for edit in (edits if isinstance(edits, list) else [edits])
]


@pytest.mark.parametrize(("name", "edit"), EDITS, ids=[name for name, _edit in EDITS])
def test_a_mutation_of_random_play_fits(name: str, edit):
    assert (ROOT / edit.path).read_text().count(edit.old) == 1, f"“{name}”: {edit.path}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_a_mutant_fits_and_its_test_is_there(mutant):
    assert mutant.old in (ROOT / mutant.file).read_text(), mutant.file
    name = mutant.target.replace("::", ".").rpartition(".")[2]
    if mutant.kind == "js":
        file = mutant.target.partition("::")[0]
        assert name in (ROOT / "tests" / "js" / file).read_text()
    else:
        assert find(name), name
