"""``make rollouts``: good and bad releases of the ledger in the lab, under load.

Exit codes: 0 every bar holds, 1 one is broken, 2 it could not be run, 130 it was interrupted.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import TextIO

from deploy.lab.errors import LabError
from deploy.lab.inventory import REPOSITORY
from rollouts import leftovers
from rollouts.commands import Commands
from rollouts.plan import BAD, plan
from rollouts.report import Report, judge
from rollouts.run import Run
from rollouts.workshop import Workshop
from soak.bookkeeper import NotReadyError
from soak.place import Place

REPORTS = REPOSITORY / ".celeriac/rollouts"
INTERRUPTED = 130


def main() -> int:
    options = _arguments()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    REPORTS.mkdir(parents=True, exist_ok=True)
    path = REPORTS / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}.txt"
    said = path.with_suffix(".log")
    print(f"What the commands say: {said.relative_to(REPOSITORY)}", flush=True)
    try:
        with said.open("w") as log, tempfile.TemporaryDirectory(prefix="rollouts-") as folder:
            report = _rollouts(options, log, Workshop(Path(folder), path.stem))
    except (LabError, NotReadyError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: the ledger was stopped; no report", file=sys.stderr)
        return INTERRUPTED
    if report is None:
        print(f"the ledger could not be deployed: {said.relative_to(REPOSITORY)}", file=sys.stderr)
        return 2
    report.write(path)
    print()
    print(report.text())
    print(f"The report: {path.relative_to(REPOSITORY)}")
    return 0 if report.holds else 1


def _rollouts(options: argparse.Namespace, log: TextIO, workshop: Workshop) -> Report | None:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", flush=True)

    commands = Commands(options.env, log, say)
    first = workshop.release("first")
    since = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    say("the first release: celeriac deploy")
    if commands.run("deploy", file=first).code:
        return None
    place = Place.of(options.env, "work")
    acts = plan(options.deploys, options.bad, place.webs[-1].host)
    run = Run(place, commands, workshop, acts, options.rate, say)
    try:
        books, drained = run.carry_out(first)
    finally:
        if not options.keep:
            place.stop()
            leftovers.remove(place, since)
    return judge(books, run.done, rate=options.rate, planned=len(acts), drained=drained)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End the run. What it undoes then must not be interrupted a second time."""
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rollouts", description=__doc__)
    parser.add_argument("--deploys", type=_positive, default=10, help="good releases (10)")
    parser.add_argument("--rate", type=float, default=50, help="requests a second (50)")
    parser.add_argument(
        "--bad", nargs="*", choices=BAD, default=BAD, metavar="RELEASE",
        help=f"bad releases: {', '.join(BAD)} (all of them)",
    )  # fmt: skip
    parser.add_argument("--keep", action="store_true", help="let the ledger run on afterwards")
    parser.add_argument("--env", default="lab", help="name of the inventory (lab)")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
