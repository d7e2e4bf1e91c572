"""Every name that is made of an application's, a process's and an environment's name."""

from __future__ import annotations

import re

# The delayed-delivery exchanges have fixed names too: see celeriac.derive.delayed.
EXCHANGE = "tasks"
DEAD_LETTERS = "dead-letters"
# What the private queues of workers begin with.
CANARY = "canary-"
# Certificates of the authorities that services are checked against, on every host.
CA = "/etc/celeriac/tls/ca.crt"
# The process of release steps and of commands that operators run.
OPERATIONS = "operations"


def root(application: str) -> str:
    """Folder of the application's releases on a host."""
    return f"/srv/{application}"


def release(application: str) -> str:
    """Folder of the release whose unit runs: systemd puts the release in place of %i."""
    return f"{root(application)}/releases/%i"


def configuration(application: str) -> str:
    """Folder of the application's environment files and credentials on a host."""
    return f"/etc/celeriac/{application}"


def state(application: str) -> str:
    """Folder of what a host remembers of the application: steps run, lock, audit."""
    return f"/var/lib/celeriac/{application}"


def virtual_host(application: str, environment: str) -> str:
    """One per application and environment, because delayed delivery has fixed names."""
    return f"{application}-{environment}"


def broker_user(application: str, process: str) -> str:
    """One per process, so that each gets the least that works."""
    return f"{application}-{process}"


def broker_secret(process: str) -> str:
    """Name of the broker password of a process."""
    return f"broker.{process}"


def database_user(application: str, process: str) -> str:
    """One per process of an integrated application; the owner is called like the application."""
    return f"{application}-{process}"


def database_group(application: str) -> str:
    """The role without login that holds what every process may do to tables."""
    return f"{application}-processes"


def database_secret(process: str) -> str:
    """Name of the database password of a process."""
    return f"database.{process}"


def pool_process(pool: str) -> str:
    """Process name of a pool."""
    return f"pool-{pool}"


def worker_unit(application: str, pool: str, slot: int) -> str:
    """Unit of one worker, without @release.service."""
    return f"{pool_mark(application, pool)}-{slot}"


def pool_mark(application: str, pool: str) -> str:
    """Name of the file by which a host knows that a pool is paused or drained there."""
    return f"celery-{application}-{pool}"


def worker_node(pool: str, slot: int, host: str) -> str:
    """Name of one worker among all hosts' workers of the application."""
    return f"{pool}-{slot}@{host}"


def canary_queue(pool: str, host: str, slot: int) -> str:
    """Private queue of one worker. Without dots: see docs/decisions/0017-overlap-with-proof.md.

    Two hosts may be called so that they get the same one; a check of the inventory refuses that.
    """
    return f"{CANARY}{pool}-{re.sub(r'[^A-Za-z0-9_-]', '-', host)}-{slot}"


def web_unit(application: str) -> str:
    """Unit of the web process, without @release.service."""
    return f"web-{application}"


def relay_unit(application: str) -> str:
    """Unit of the relay, without @release.service."""
    return f"relay-{application}"


def beat_unit(application: str) -> str:
    """Unit of beat, without @release.service."""
    return f"beat-{application}"
