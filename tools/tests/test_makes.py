"""A make is an addon with a folder ``make/``: nothing in the tools has a list of them."""

from stack import makes
from stack.paths import ROOT

WORDS = ("PORTS", "PAGES", "shop_env", "configure", "processes")


def test_what_an_addon_brings_is_complete():
    assert len(makes.parts()) >= 3
    for addon, part in makes.parts().items():
        assert not [word for word in WORDS if not hasattr(part, word)], addon
        assert (ROOT / addon / "make" / "shop.py").is_file(), addon


def test_no_two_makes_claim_one_port_or_one_name():
    parts = list(makes.parts().values())
    names = [name for part in parts for name in part.PORTS]
    assert len(set(names)) == len(names)
    claimed = [claim for part in parts for claim in part.PORTS.values()]
    assert len({port for _variable, port in claimed}) == len(claimed)
    assert len({variable for variable, _port in claimed}) == len(claimed)


def test_an_addon_is_found_by_its_folder(tmp_path, monkeypatch):
    folder = tmp_path / "pos_fifth" / "make"
    folder.mkdir(parents=True)
    (folder / "parts.py").write_text("PORTS = {'fifth': ('FIFTH_PORT', 9000)}\n")
    monkeypatch.setattr(makes, "ROOT", tmp_path)
    assert makes.parts()["pos_fifth"].PORTS == {"fifth": ("FIFTH_PORT", 9000)}
