"""Make each addon's page for *Apps* and the store from its readme fragments; `--check` only compares."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from html import escape
from pathlib import Path

import markdown

from stack.paths import ROOT, addons

#: (fragment, heading)
SECTIONS = (
    ("DESCRIPTION", ""),
    ("PICTURES", ""),
    ("CONFIGURE", "Set up"),
    ("USAGE", "Daily use"),
)
PICTURES = ROOT / "docs" / "images"
_PICTURE = re.compile(r"!\[[^]]*\]\(([\w.-]+)\)")


def page(addon: Path) -> str:
    """Return the page of an addon, with pictures by their file names."""
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text())
    parts = []
    for fragment, heading in SECTIONS:
        path = addon / "readme" / f"{fragment}.md"
        if path.exists():
            title = f"<h2>{heading}</h2>\n" if heading else ""
            text = markdown.markdown(path.read_text(), extensions=["sane_lists"])
            parts.append(f'<section class="oe_container">\n{title}{text}\n</section>\n')
    name, summary = escape(manifest["name"]), escape(manifest["summary"])
    head = f'<section class="oe_container">\n<h1>{name}</h1>\n<p class="lead">{summary}</p>\n</section>\n'
    body = (head + "".join(parts)).replace("<img ", '<img class="img img-fluid" ')
    return f"<!-- Made by tools/store_pages.py from the folder readme. -->\n{body}"


def pictures(addon: Path) -> list[Path]:
    """Return the guide's pictures that an addon's page shows."""
    path = addon / "readme" / "PICTURES.md"
    names = _PICTURE.findall(path.read_text()) if path.exists() else []
    return [PICTURES / name for name in names]


def outdated(addon: Path) -> list[Path]:
    """Return the files of an addon's page that differ from what they are made from."""
    folder = addon / "static" / "description"
    found = [
        folder / picture.name
        for picture in pictures(addon)
        if not (folder / picture.name).exists()
        or (folder / picture.name).read_bytes() != picture.read_bytes()
    ]
    index = folder / "index.html"
    if not index.exists() or index.read_text() != page(addon):
        found.append(index)
    return found


def write(addon: Path) -> None:
    """Write an addon's page and its pictures."""
    folder = addon / "static" / "description"
    (folder / "index.html").write_text(page(addon))
    for picture in pictures(addon):
        shutil.copyfile(picture, folder / picture.name)


def main(check: bool) -> int:
    """Return the exit code."""
    folders = [ROOT / name for name in addons()]
    if not check:
        for folder in folders:
            write(folder)
        return 0
    found = [path for folder in folders for path in outdated(folder)]
    for path in found:
        print(f"{path.relative_to(ROOT)} is out of date: run tools/store_pages.py")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
