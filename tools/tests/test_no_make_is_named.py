"""Outside its own folders nothing that decides knows a make by its name."""

import re
import subprocess

import tomli

from stack import makes
from stack.paths import ROOT

SIMULATORS = ROOT / "simulators" / "smartcash_simulators"
#: Where a name is a text, an example, or the subject of a test, and decides nothing.
TELLS = re.compile(
    r"""\.(md|po|pot|html|svg|rst)$|^docs/|/readme/|/static/description/
    |^docker-compose\.yml$|^Makefile$|^\.prettierignore$|^pyproject\.toml$|^simulators/pyproject\.toml$
    |/views/smartcash_device_views\.xml$        # a placeholder
    |^tests/(js|bench|bench_quick|upgrade|mutations)/   # what is tried, measured, or was an old shop
    |^(simulators|tools)/tests/
    |^tests/(played_make|machine)\.py$         # the one that the heavy tests play""",
    re.VERBOSE,
)


def simulated() -> list[str]:
    """The makes that have a folder of their own among the simulators."""
    return sorted(path.parent.name for path in SIMULATORS.glob("*/__main__.py"))


def test_only_its_own_folders_decide_by_a_make():
    own = [f"{addon}/" for addon in makes.parts()] + ["gateway/"]
    own += [f"simulators/smartcash_simulators/{make}/" for make in simulated()]
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    # A comment may explain; what is left of a line does something.
    comment = re.compile(r"\s*(#|//|\*|/\*\*|\"\"\").*|\s+#[ :].*|\s+//\s.*")
    word = re.compile("|".join(simulated()), re.IGNORECASE)
    found = []
    for name in listed.stdout.split():
        path = ROOT / name
        if name.startswith(tuple(own)) or TELLS.search(name) or not path.is_file():
            continue
        if path.suffix not in (".py", ".js", ".mjs", ".xml", ".toml", ".yaml", ".json", ".csv"):
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if word.search(comment.sub("", line)):
                found.append(f"{name}:{number}: {line.strip()}")
    assert found == []


def test_lists_that_tools_want_name_what_is_there():
    scripts = tomli.loads((ROOT / "simulators" / "pyproject.toml").read_text())["project"][
        "scripts"
    ]
    assert sorted(scripts.values()) == [
        f"smartcash_simulators.{make}.__main__:main" for make in simulated()
    ]
    contracts = tomli.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    (apart,) = [one["modules"] for one in contracts if one["type"] == "independence"]
    assert sorted(apart) == [f"smartcash_simulators.{make}" for make in simulated()]
