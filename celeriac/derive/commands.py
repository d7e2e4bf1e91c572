"""The commands of the processes, as lists of arguments."""

from __future__ import annotations

from celeriac.derive import names
from celeriac.derive.systemd import Specified
from celeriac.description.model import Description
from celeriac.description.processes import Beat, Pool, Web

# Seconds that gunicorn gives requests that are running when it is asked to stop.
GRACEFUL_TIMEOUT = 30


def socket_folder(application: str) -> Specified:
    """Folder of a release's web socket, below /run."""
    return Specified(f"{names.web_unit(application)}/%i")


def socket(application: str) -> Specified:
    """Where a release's gunicorn listens."""
    return Specified(f"/run/{socket_folder(application)}/gunicorn.sock")


def worker(description: Description, name: str, slot: int, host: str) -> list[str]:
    """Return the command of one worker of a pool.

    Gossip, mingle and heartbeats are off: nobody listens, and with publisher confirms they
    deadlock a worker while the broker has a memory alarm.
    """
    pool = description.pools[name]
    return [
        *_celery(description),
        "worker",
        "--loglevel=INFO",
        _node_name(description, name, slot, host),
        *([f"--queues={','.join(pool.queues)}"] if pool.queues else []),
        f"--pool={pool.pool_class}",
        f"--concurrency={pool.concurrency}",
        f"--prefetch-multiplier={pool.prefetch}",
        *_limits(pool),
        "--without-gossip",
        "--without-mingle",
        "--without-heartbeat",
        *pool.arguments,
    ]


def _node_name(description: Description, pool: str, slot: int, host: str) -> str:
    """A hosted application's workers have remote control, whose queue belongs to one node alone.

    Two releases run side by side while one drains, so the release is part of the name there.
    """
    if description.integrated:
        return f"--hostname={names.worker_node(pool, slot, host)}"
    return Specified(f"--hostname={pool}-{slot}-%i@{host}")


def beat(description: Description, beat: Beat) -> list[str]:
    """Return the command of beat; Celery's own scheduler keeps its file in the state folder."""
    own = (
        [f"--scheduler={beat.scheduler}"]
        if beat.scheduler
        else [Specified(f"--schedule=%S/{names.beat_unit(description.application)}/schedule")]
    )
    return [*_celery(description), "beat", "--loglevel=INFO", *own]


def relay(description: Description) -> list[str]:
    """Return the command of the relay, which tells systemd itself that it is ready."""
    return [*description.django.manage, "relay"]


def web(description: Description, web: Web) -> list[str]:
    """Return the gunicorn command; its socket is for the web server's group alone."""
    return [
        *web.command,
        Specified(f"--bind=unix:{socket(description.application)}"),
        # Code that does not load ends it before it says that it is ready.
        "--preload",
        "--umask=007",
        f"--workers={web.processes}",
        f"--threads={web.threads}",
        f"--graceful-timeout={GRACEFUL_TIMEOUT}",
    ]


def _celery(description: Description) -> list[str]:
    return [*description.celery.command, f"--app={description.celery.application}"]


def _limits(pool: Pool) -> list[str]:
    limits = {
        "--soft-time-limit": pool.soft_time_limit,
        "--time-limit": pool.time_limit,
        "--max-tasks-per-child": pool.max_tasks_per_child,
    }
    return [f"{option}={value}" for option, value in limits.items() if value is not None]
