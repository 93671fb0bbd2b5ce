"""Cut one addon's Odoo tests into parts that run side by side, each in a database of its own.

A tour waits more than it works, and Odoo runs its tests one after the other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Part:
    """Some of an addon's tests: what to give Odoo as --test-tags, and how long they take."""

    name: str
    tags: str
    weight: int  #: roughly in seconds


#: Of a class, for its company; of a test; of a tour in a browser.
SET_UP, TEST, TOUR = 6, 1, 8


@dataclass(frozen=True)
class _Class:
    bases: tuple[str, ...]
    weight: int


def parts(addon: Path, number: int, neighbours: Iterable[Path] = ()) -> list[Part]:
    """Cut an addon's tests into parts that take about as long each.

    The last part is everything that is in no other one, so no test can be in none.

    :param neighbours: other addons, whose test classes this one's inherit from
    """
    known = _classes(addon)
    shared = {name: found for other in neighbours for name, found in _classes(other).items()}
    weights = {
        name: SET_UP + _weight(name, {**shared, **known})
        for name in known
        if name.startswith("Test")
    }
    number = max(1, min(number, len(weights)))
    bins: list[list[str]] = [[] for _ in range(number)]
    for name in sorted(weights, key=lambda name: (-weights[name], name)):
        min(bins, key=lambda names: sum(weights[other] for other in names)).append(name)
    label = addon.name
    if number == 1:
        return [Part(label, f"/{label}", sum(weights.values()))]
    named, rest = bins[:-1], bins[-1]
    tags = [",".join(f"/{label}:{name}" for name in names) for names in named]
    elsewhere = ",".join(f"-/{label}:{name}" for names in named for name in names)
    tags.append(f"/{label},{elsewhere}")
    return [
        Part(f"{label} {index}/{number}", tag, sum(weights[name] for name in names))
        for index, (tag, names) in enumerate(zip(tags, [*named, rest], strict=True), 1)
    ]


def _classes(addon: Path) -> dict[str, _Class]:
    return {
        node.name: _Class(
            tuple(_base_names(node)),
            sum(
                TOUR if "_tour(" in ast.unparse(line) else TEST
                for line in node.body
                if isinstance(line, ast.FunctionDef) and line.name.startswith("test")
            ),
        )
        for path in sorted((addon / "tests").glob("*.py"))
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    }


def _base_names(node: ast.ClassDef) -> Iterator[str]:
    for base in node.bases:
        if isinstance(base, ast.Name):
            yield base.id
        elif isinstance(base, ast.Attribute):
            yield base.attr


def _weight(name: str, known: Mapping[str, _Class]) -> int:
    """Of a class's own tests, and of those that it inherits."""
    found = known.get(name)
    return found.weight + sum(_weight(base, known) for base in found.bases) if found else 0
