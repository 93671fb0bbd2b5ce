"""Take each fix away, one at a time, and see its test fail.

    python3 tools/smartcash.py python -m tests.mutations [name ...]

Works on a copy of the work tree; about half a minute per mutant. Ends with 1 when one survived.
"""

import argparse
import sys

from tests.mutations.runner import check
from tests.mutations.table import MUTANTS


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.mutations", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help="default: all")
    parser.add_argument("--kind", choices=("js", "odoo", "e2e"), help="only those of one kind")
    parser.add_argument("--list", action="store_true", help="only say what there is")
    options = parser.parse_args()
    known = {mutant.name: mutant for mutant in MUTANTS}
    if unknown := set(options.names) - set(known):
        parser.error(f"no such mutant: {', '.join(sorted(unknown))}")
    chosen = [known[name] for name in options.names] or list(MUTANTS)
    chosen = [mutant for mutant in chosen if options.kind in (None, mutant.kind)]
    if options.list:
        for mutant in chosen:
            print(f"{mutant.name}: {mutant.trap}\n    {mutant.test}")
        return 0
    return 0 if check(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
