"""How long deploys of the reference application take, beside pyinfra on the same hosts.

    python -m bench.deploy                    3, 7 and 15 hosts, one lab after the other
    python -m bench.deploy --hosts 7 --keep   one of them, whose hosts stay

Makes labs of its own, with a network of their own, beside whatever other lab runs; they are
removed at the end. Measured on each: the first deploy, from hosts with nothing on them and with a
release to build; then, by turns, a deploy with nothing to change and pyinfra with nothing to
change, and a deploy that looks at everything all the same (`--full`); then code-only releases, each
with one line changed. Of what is repeated, the median counts. pyinfra converges as many operations
on each host as a deploy asks of it that looks at everything; `counting.py` says what counts. CPU is
that of this machine's processes: Ansible or pyinfra with their SSH, not the hosts.

Results go to .celeriac/bench/result as table, JSON and SVG. The figures of one machine compare with
each other; they do not travel.
"""

from __future__ import annotations

import argparse
import sys
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError

from bench.deploy import counting, inventories, other, ours, report
from deploy.lab.errors import LabError

RESULT = inventories.STATE / "result"


def measure(size: int, network: IPv4Network, repeat: int, keep: bool) -> report.Round:
    """Measure one size. Raises `ours.Failed` and `LabError`."""
    tell(f"{size} hosts: lab, first deploy")
    ours.new_application()
    mine = ours.Ours(size, network)
    with mine.up(keep):
        first = mine.deploy()
        mine.deploy()  # what the first one left to do, if anything
        tell(f"{size} hosts: counting the operations of a deploy with nothing to change")
        tasks = mine.counted()
        if found := counting.changed(tasks):
            raise ours.Failed("a deploy with nothing to change did: " + "; ".join(found))
        operations = counting.operations(tasks)
        kinds = {host: dict(found) for host, found in sorted(operations.items())}
        done = report.Round(size, first, kinds, counting.slowest(tasks))
        theirs = other.Other(mine.lab, kinds)
        theirs.converge()  # makes what later runs find
        mine.deploy()  # looks at everything, since pyinfra has touched the hosts
        for number in range(1, repeat + 1):
            tell(f"{size} hosts: nothing to change, by turns, {number} of {repeat}")
            done.idle.append(mine.deploy())
            done.pyinfra.append(theirs.converge())
            done.full.append(mine.deploy("--full"))
        for number in range(1, repeat + 1):
            tell(f"{size} hosts: code-only release, {number} of {repeat}")
            ours.change_a_line()
            done.release.append(mine.deploy())
    return done


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def sizes(text: str) -> list[int]:
    try:
        found = sorted({int(word) for word in text.split(",")})
    except ValueError:
        found = []
    if not found or not set(found) <= inventories.SIZES.keys():
        known = ", ".join(map(str, inventories.SIZES))
        raise argparse.ArgumentTypeError(f"{text!r} should be numbers out of {known}, with commas")
    return found


def network(text: str) -> IPv4Network:
    try:
        found = IPv4Network(text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if found.prefixlen != 24:
        raise argparse.ArgumentTypeError(f"{text} should be a /24, as 172.30.96.0/24 is")
    return found


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.deploy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--hosts", type=sizes, default=sizes("3,7,15"), help="3,7,15")
    parser.add_argument("--repeat", type=int, default=3, help="of which the median counts (3)")
    parser.add_argument(
        "--network",
        type=network,
        default=network("172.30.96.0/24"),
        help="free addresses for the hosts (172.30.96.0/24)",
    )
    parser.add_argument("--keep", action="store_true", help="leave the hosts of the last size")
    return parser.parse_args()


def main() -> int:
    """Measure; the exit code is 1 where a requirement does not hold, 3 where a deploy failed."""
    options = arguments()
    rounds = []
    try:
        other.installed()
        for size in options.hosts:
            keep = options.keep and size == options.hosts[-1]
            rounds.append(measure(size, options.network, options.repeat, keep))
    except (ours.Failed, LabError) as error:
        print(f"error: {error}", file=sys.stderr)
        if rounds:
            report.write(RESULT, rounds)
            print(f"What was measured before: {RESULT}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        return 130
    files = report.write(RESULT, rounds)
    print(files[0].read_text())
    verdicts = {text: held for each in rounds for text, held in each.verdicts().items()}
    for text, held in verdicts.items():
        print(f"{'holds' if held else 'MISSED'}: {text}")
    print("Written: " + ", ".join(str(file) for file in files))
    return 0 if all(verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
