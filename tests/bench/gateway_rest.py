"""What the gateway costs a till while nobody pays."""

import time
from dataclasses import dataclass

import psutil

from tests.bench.report import Section
from tests.bench.stats import Verdict

RSS_LIMIT, CPU_LIMIT = 60.0, 1.0  # MiB, per cent of a core


@dataclass(frozen=True)
class Rest:
    """Resident memory in MiB, CPU in per cent of one core, over ``seconds``."""

    rss: float
    cpu: float
    seconds: float


def measure(pid: int, seconds: float) -> Rest:
    """Watch a process (children included) that should be doing next to nothing."""
    root = psutil.Process(pid)
    family = [root, *root.children(recursive=True)]
    before = _cpu_seconds(family)
    began = time.monotonic()
    peak = 0
    while (passed := time.monotonic() - began) < seconds:
        peak = max(peak, sum(process.memory_info().rss for process in family))
        time.sleep(min(1.0, seconds - passed))
    passed = time.monotonic() - began
    return Rest(peak / 2**20, 100 * (_cpu_seconds(family) - before) / passed, passed)


def _cpu_seconds(family: list[psutil.Process]) -> float:
    return sum(process.cpu_times().user + process.cpu_times().system for process in family)


def section(rest: Rest) -> Section:
    """Turn the figures into the page's section."""
    return Section(
        "Gateway at rest",
        f"Machine connected, one POS open on it, nobody pays; {rest.seconds:.0f} s after the sales above. Highest "
        "resident memory, and CPU time as a share of one core.",
        [],
        [
            Verdict(
                "memory (RSS)",
                f"≤ {RSS_LIMIT:g} MiB",
                f"{rest.rss:.1f} MiB",
                rest.rss <= RSS_LIMIT,
            ),
            Verdict("CPU", f"≤ {CPU_LIMIT:g} %", f"{rest.cpu:.2f} %", rest.cpu <= CPU_LIMIT),
        ],
    )
