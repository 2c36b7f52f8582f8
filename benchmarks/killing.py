"""Break `classify` off again and again, resume it, and compare with a run that was let be.

    python benchmarks/killing.py [--signal KILL] [--times 10] [--size 5000] [--window 512]

Moments are drawn over the time that the unbroken run takes. A run that ends before its moment is
compared, and another is begun, until the signal has struck so often; the last is resumed to its
end. KILL asks for the same bytes; TERM and INT measure besides how long stopping takes. Ends with
status 1 if bytes differ, a process outlives its parent, or a run fails.
"""

import argparse
import json
import math
import random
import shutil
import signal
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from identity import differences, file_hashes, window_options
from processes import Watched, classify_command, run_watched
from streaming import case_of

_STOPPING_S = 60.0  # after which it is killed
_ORPHANS_S = 5.0  # in which what a killed process had started must be gone too


def windows_repeated(out: Path) -> int:
    """Return how many windows were computed again, over all the runs that made the outputs."""
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    counts = [entry.get("windows") for entry in record["images"].values()]
    return sum(count["computed"] - count["steps"] for count in counts if count)


@dataclass
class Findings:
    """What came of the runs."""

    stopping_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    struck: int = 0  # since the outputs were begun
    repeated: list[int] = field(default_factory=list)
    finished: int = 0
    faults: list[str] = field(default_factory=list)

    def compare(self, expected: dict[str, str], out: Path) -> None:
        """Compare the outputs of a run that came to its end."""
        self.finished += 1
        self.repeated.append(windows_repeated(out))
        if self.repeated[-1] > self.struck:
            self.faults.append(f"{self.repeated[-1]} windows again after {self.struck} signals")
        self.struck = 0
        wrong = differences(expected, file_hashes(out))
        if wrong:
            self.faults.append(f"differ after resuming: {', '.join(wrong)}")


def strike(process: Watched, number: signal.Signals, found: Findings) -> None:
    """Send the signal, take the time until the process and its children are gone."""
    family = process.family()
    struck = time.perf_counter()
    process.send(number)
    if not process.wait(_STOPPING_S):
        found.faults.append(f"did not stop within {_STOPPING_S:.0f} s of {number.name}")
        process.send(signal.SIGKILL)
        process.wait()
    found.stopping_s.append(time.perf_counter() - struck)
    found.statuses[process.status or 0] += 1
    found.struck += 1
    limit = time.perf_counter() + _ORPHANS_S
    while time.perf_counter() < limit and any(map(_lives, family)):
        time.sleep(0.05)
    if orphans := sum(map(_lives, family)):
        found.faults.append(f"{orphans} processes live on after {number.name}")


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def break_off(
    command: list[str], out: Path, whole: Watched, expected: dict[str, str],
    number: signal.Signals, times: int, rng: random.Random,
) -> Findings:  # fmt: skip
    """Run the command, breaking it off so many times, and once more to its end."""
    found, log = Findings(), out.with_suffix(".log")
    while True:
        broken = sum(found.statuses.values()) == times
        moment = math.inf if broken else rng.uniform(0.0, whole.seconds)
        with Watched(command, log) as process:
            ended = process.wait(moment)
            if not ended:
                strike(process, number, found)
        if not ended:
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            print(f"{number.name} after {moment:.2f} s: {process.status}", *said[-1:], flush=True)
            continue
        if process.status:
            found.faults.append(f"ended with {process.status}: {log.read_text().strip()[-300:]}")
            return found
        found.compare(expected, out)
        if broken:
            return found
        shutil.rmtree(out)


def report(found: Findings) -> None:
    stopping = found.stopping_s
    if stopping:
        median_s, longest_s = statistics.median(stopping), max(stopping)
        print(f"struck {len(stopping)} times; gone in {median_s:.2f} s, at most {longest_s:.2f}")
    print(f"exit statuses: {dict(found.statuses)}")
    print(f"{found.finished} runs resumed to their end, compared byte for byte")
    print(f"windows computed again, in each of these: {found.repeated}")
    for fault in found.faults:
        print(f"FAULT: {fault}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signal", choices=["KILL", "TERM", "INT"], default="KILL")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--size", default="5000", help="a case of streaming.py, or pixels a side")
    parser.add_argument("--window", type=int, default=512, help="pixels a side; 0: its own choice")
    parser.add_argument("--max-ram", help="handed on to classify")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder that keeps the mosaic for another run")
    chosen = parser.parse_args()
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        keep = chosen.keep or folder
        keep.mkdir(parents=True, exist_ok=True)
        image = case_of(chosen.size).image(keep)
        options = window_options(chosen.window)
        options += ["--max-ram", chosen.max_ram] if chosen.max_ram else []
        unbroken, broken = folder / "unbroken", folder / "broken"
        whole = run_watched(classify_command(image, unbroken, options), folder / "whole.log")
        print(f"unbroken: {whole.seconds:.1f} s, {whole.peak_mb:.0f} MB", flush=True)
        command = classify_command(image, broken, ["--resume", *options])
        number = signal.Signals[f"SIG{chosen.signal}"]
        found = break_off(
            command, broken, whole, file_hashes(unbroken),
            number, chosen.times, random.Random(chosen.seed),
        )  # fmt: skip
    report(found)
    sys.exit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
