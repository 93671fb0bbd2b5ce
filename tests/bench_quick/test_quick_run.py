"""``make bench`` runs to the end, and its page says what it measured. Minutes: no part of ``make test``."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.bench import cashdro_sale, hesabe_rush, hesabe_sale
from tools.stack.paths import ROOT

QUICK_TIMEOUT = 900  # seconds; a busy machine builds assets for two databases


def test_quick_run_writes_every_table(tmp_path: Path):
    page = tmp_path / "benchmarks.md"
    subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--output", str(page)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=QUICK_TIMEOUT,
        check=True,
    )
    text = page.read_text(encoding="utf-8")
    for title in (
        "Overhead of a sale",
        "From the machine's final answer to the paid line",
        "Gateway at rest",
        "POS start with and without the addons",
        "Cost of the ledger",
        "Count at the opening",
        "Closing a session",
        "CashDro: from the end at the machine to the paid line",
        "CashDro: many tills on one Odoo",
        "Hesabe: from the charged card to the paid line",
        "Hesabe: the webhook's address",
        "Hesabe: one new token for all tills",
    ):
        assert f"## {title}" in text
    assert "| SmartCash: POS in a browser, gateway | 2 |" in text
    assert text.count("| polling every ") == 3
    for client in (*cashdro_sale.TRANSPORTS.values(), *cashdro_sale.INTERVALS.values()):
        assert f"| {client} | 2 |" in text
    for name in (hesabe_sale.WITH, hesabe_sale.WITHOUT):
        assert f"| {name} | 2 |" in text
    # What is counted is right however busy the computer is; what is timed may not be.
    for transport in cashdro_sale.TRANSPORTS.values():
        assert re.search(rf"most requests in a second, {transport} .* met \|", text)
    for token in (hesabe_rush.ENDING, hesabe_rush.REVOKED):
        assert f"| calls for a new token, {token} | 1 | 1 at most | met |" in text
    assert re.search(rf"requests a second in any sale, {hesabe_sale.WITHOUT} .* met \|", text)
    assert "Quick run" in text
    assert str(ROOT) not in text
