"""``make soak``: load and faults against the lab, and books that have to balance.

Exit codes: 0 every bar holds, 1 one is broken, 2 it could not be run, 130 it was interrupted.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from deploy.lab.errors import LabError
from deploy.lab.inventory import REPOSITORY
from soak import broker
from soak.bookkeeper import NotReadyError
from soak.place import Place
from soak.plants import AT_MOST_ONCE, PLANTS, planted
from soak.report import Report, judge
from soak.run import Run

DESCRIPTION = REPOSITORY / "tests/apps/ledger/celeriac.yml"
REPORTS = REPOSITORY / ".celeriac/soak"
INTERRUPTED = 130


def main() -> int:
    options = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        if not _deploy(options.env):
            return 2
        led = broker.DEAD_LETTERS if options.plant == AT_MOST_ONCE else "work"
        place = Place.of(options.env, led)
        try:
            report = _soak(place, options)
        finally:
            if not options.keep:
                place.stop()
    except (LabError, NotReadyError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: every fault was undone; no report", file=sys.stderr)
        return INTERRUPTED
    print()
    print(report.text())
    print(f"The report: {_write(report)}")
    return 0 if report.holds else 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End the run. What it undoes then must not be interrupted a second time."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _deploy(environment: str) -> bool:
    deploy = ["-m", "celeriac", "deploy", "--environment", environment, "--file", str(DESCRIPTION)]
    return subprocess.run([sys.executable, *deploy], check=False).returncode == 0


def _soak(place: Place, options: argparse.Namespace) -> Report:
    with planted(place, options.plant):
        run = Run(place, seed=options.seed, minutes=options.minutes, rate=options.rate)
        run.begin_anew()
        books, drained = run.carry_out()
    return judge(
        books,
        seed=options.seed,
        minutes=options.minutes,
        planted=options.plant,
        drained=drained,
    )


def _write(report: Report) -> Path:
    """Keep the report and return the path of its text."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    path = REPORTS / f"{report.seed}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.txt"
    report.write(path)
    return path.relative_to(REPOSITORY)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--seed", type=int, default=1, help="chooses faults and requests (1)")
    parser.add_argument("--rate", type=float, default=15, help="requests a second in all (15)")
    parser.add_argument("--plant", choices=PLANTS, help="make a mistake that has to be found")
    parser.add_argument("--keep", action="store_true", help="let the ledger run on afterwards")
    parser.add_argument("--env", default="lab", help="name of the inventory (lab)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
