"""Measure, and write ``docs/benchmarks.md``: all of it, or only the sections named."""

import argparse
import contextlib
import sys
import time
import traceback
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from tests import browser
from tests.bench import report
from tests.bench.parts import ALONE, SHARED, SPEED
from tests.bench.report import Load, Section
from tests.bench.size import FULL, QUICK, Size
from tests.deployment import deployed
from tools.stack.paths import ROOT


class Run:
    """What was measured so far. A part that fails costs its own sections, not the others' minutes."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.failed: list[str] = []

    def part(self, name: str, measure: Callable[[], list[Section]]) -> None:
        """Measure one part."""
        began = time.monotonic()
        try:
            self.sections += measure()
            word = "measured"
        except Exception:  # noqa: BLE001 - whatever it was, it is shown, and the run fails at its end
            traceback.print_exc()
            self.failed.append(name)
            word = "FAILED"
        print(f"[bench] {name}: {word} in {time.monotonic() - began:.0f} s", flush=True)


def measure(names: Collection[str], size: Size) -> Run:
    """Measure the parts of these names."""
    run = Run()
    shared = [name for name in SHARED if name in names]
    with contextlib.ExitStack() as stack:
        if shared:
            deployment = stack.enter_context(deployed("bench", speed=SPEED))
        for name in shared:
            run.part(name, partial(SHARED[name], deployment, size))
    for name in ALONE:
        if name in names:
            run.part(name, partial(ALONE[name], size))
    return run


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write; return 1 when something could not be measured."""
    known = [*SHARED, *ALONE]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="section", help=f"of {', '.join(known)}; default: all"
    )
    parser.add_argument(
        "--quick", action="store_true", help="a few repetitions only: shows that it works"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "benchmarks.md")
    options = parser.parse_args(arguments)
    if unknown := set(options.sections) - set(known):
        parser.error(f"no such section: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    with browser.launched() as chromium:
        version = chromium.version
    machine = report.machine_description(version, Load.measure(2 if options.quick else 15))
    run = measure(options.sections or known, QUICK if options.quick else FULL)
    page = report.Page(options.output, machine, quick=options.quick)
    if options.sections:
        page.replace(run.sections, f'make bench SECTIONS="{" ".join(options.sections)}"')
    else:
        page.write(run.sections, "make bench")
    if run.failed:
        print(f'[bench] again: make bench SECTIONS="{" ".join(run.failed)}"', file=sys.stderr)
    return 1 if run.failed else 0


if __name__ == "__main__":
    sys.exit(main())
