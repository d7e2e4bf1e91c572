"""Start, stop and look at the lab: the hosts of an inventory in containers on this machine."""

from __future__ import annotations

import argparse
import fcntl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from docker.errors import DockerException
from requests.exceptions import RequestException

from deploy.lab import debian, engine, hosts, image, inventory, network, removal, ssh, status
from deploy.lab.errors import LabError
from deploy.lab.inventory import REPOSITORY, Lab
from deploy.lab.progress import say


def up(lab: Lab) -> int:
    """Bring the hosts to what the inventory says, and wait until SSH answers on all of them."""
    began = time.monotonic()
    client = engine.ensure()
    ssh.ensure_client()
    before = hosts.existing(client, lab.env)
    hosts.check_owner(lab, before)
    host_image = image.host(client)
    if len(before) < len(lab.hosts):
        image.check_disk(client)
    bridge = network.ensure(client, lab)
    done = hosts.reconcile(client, lab, host_image.id, bridge)
    containers = hosts.existing(client, lab.env)
    warnings = hosts.wait(lab.hosts, containers)
    ssh.write_known_hosts(lab, [(host, ssh.host_key(containers[host.name])) for host in lab.hosts])
    for outcome, names in done.items():
        say(f"{outcome}: {' '.join(names)}")
    for warning in warnings:
        say(f"warning: {warning}")
    say(f"hosts up: {len(lab.hosts)}, after {time.monotonic() - began:.1f} s")
    return 0


def down(lab: Lab, *, keep_cache: bool) -> int:
    """Remove the lab."""
    for name in removal.down(lab, keep_cache=keep_cache):
        say(f"removed {name}")
    return 0


def show(lab: Lab) -> int:
    """Print a table of the hosts; the exit code is 1 unless all of them are up."""
    rows = status.rows(engine.connect(), lab)
    print(status.table(rows))
    return 0 if all(row.up for row in rows) else 1


def memory(lab: Lab) -> int:
    """Print each host's memory in MB."""
    print(status.memory_lines(status.rows(engine.connect(), lab)))
    return 0


def start_engine() -> int:
    """Install Docker Engine if there is none, and start it if it does not run."""
    engine.ensure()
    return 0


def services_image() -> int:
    """Print the tag of the integration tests' image, built when it is missing."""
    print(image.services(engine.ensure()).tags[0])
    return 0


@contextmanager
def _alone() -> Iterator[None]:
    """Let one command at a time change the lab; a second one waits."""
    file = REPOSITORY / ".celeriac/lab.lock"
    file.parent.mkdir(exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another command on the lab to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.lab", description=__doc__)
    parser.add_argument(
        "--env", default="lab", help="name of an inventory, or the path of its folder (lab)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("up", help="start the hosts, or bring them up to date")
    remove = commands.add_parser("down", help="remove hosts, network, images, keys and secrets")
    remove.add_argument(
        "--keep-cache", action="store_true", help="keep images and downloaded packages"
    )
    commands.add_parser("status", help="show hosts, addresses, states and memory")
    commands.add_parser("memory", help="print each host's memory in MB")
    commands.add_parser("engine", help="install and start Docker Engine where there is none")
    commands.add_parser("services-image", help="print the tag of the integration tests' image")
    return parser.parse_args()


_WITHOUT_INVENTORY = {"engine": start_engine, "services-image": services_image}


def _run(arguments: argparse.Namespace) -> int:
    if arguments.command in _WITHOUT_INVENTORY:
        with _alone():
            return _WITHOUT_INVENTORY[arguments.command]()
    lab = inventory.read(arguments.env)
    if arguments.command == "status":
        return show(lab)
    if arguments.command == "memory":
        return memory(lab)
    with _alone():
        if arguments.command == "up":
            return up(lab)
        return down(lab, keep_cache=arguments.keep_cache)


def main() -> int:
    """Run one command; a foreseeable problem becomes a message with its remedy and exit code 1."""
    try:
        return _run(_arguments())
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
    except DockerException as error:
        print(f"error: Docker Engine refused: {error}", file=sys.stderr)
    except RequestException as error:
        log = debian.LOGS / "dockerd.log"
        print(f"error: Docker Engine stopped answering: {error}\n  see {log}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error}\n  put that right, then repeat the command", file=sys.stderr)
    except KeyboardInterrupt:
        print("interrupted; repeat the command to go on", file=sys.stderr)
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
