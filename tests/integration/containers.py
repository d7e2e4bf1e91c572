"""PostgreSQL, RabbitMQ and Redis in containers, for one test session.

Each image can be set by a variable (CELERIAC_RABBITMQ_IMAGE and so on). Else
the public one is taken where it is there or a registry answers, else the
lab's own image with all three services.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

# Its clean-up container's image cannot be had everywhere; we clean up ourselves.
os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"

import docker
from docker.errors import APIError, ImageNotFound
from testcontainers.community.postgres import PostgresContainer
from testcontainers.community.redis import RedisContainer
from testcontainers.core.container import DockerContainer

ROOT = Path(__file__).parents[2]
LABEL = "celeriac.integration-tests"
PUBLIC = {
    "rabbitmq": "rabbitmq:4.0-management",
    "postgres": "postgres:17",
    "redis": "redis:8.0",
}


def remove_leftovers() -> None:
    """Remove the containers of runs that were killed before they could."""
    for container in docker.from_env().containers.list(all=True, filters={"label": LABEL}):
        if not _runs(container.labels[LABEL]):
            container.remove(force=True, v=True)


def _this_run() -> str:
    """Return this process's number and start; numbers alone are used again."""
    return f"{os.getpid()}:{_started_at(os.getpid())}"


def _runs(owner: str) -> bool:
    number, _, started = owner.partition(":")
    return _started_at(int(number)) == started


def _started_at(number: int) -> str:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        return ""


@contextlib.contextmanager
def rabbitmq(user: str) -> Iterator[DockerContainer]:
    """With the management plugin; the user's password is its name. Not yet ready when started."""
    container = DockerContainer(image("rabbitmq")).with_exposed_ports(5672, 15672)
    container.with_envs(RABBITMQ_DEFAULT_USER=user, RABBITMQ_DEFAULT_PASS=user)
    with _started(container, "rabbitmq"):
        yield container


@contextlib.contextmanager
def postgresql(port: int | None = None) -> Iterator[PostgresContainer]:
    """`port`: on this machine, the same after a restart; by default any."""
    container = PostgresContainer(
        image("postgres"), username="shop", password="shop", dbname="shop"
    )
    container.with_bind_ports(5432, port)
    with _started(container, "postgres"):
        yield container


@contextlib.contextmanager
def redis() -> Iterator[RedisContainer]:
    with _started(container := RedisContainer(image("redis")), "redis"):
        yield container


@contextlib.contextmanager
def _started(container: DockerContainer, service: str) -> Iterator[None]:
    container.with_kwargs(labels={LABEL: _this_run()})
    if container.image == _own():
        container.with_command(service)
    with container:
        yield


@cache
def image(service: str) -> str:
    name = os.environ.get(f"CELERIAC_{service.upper()}_IMAGE", "")
    if name:
        return name
    return PUBLIC[service] if _registry_answers() or _there(PUBLIC[service]) else _own()


def _there(name: str) -> bool:
    try:
        docker.from_env().images.get(name)
    except ImageNotFound:
        return False
    return True


@cache
def _registry_answers() -> bool:
    """Asked once, with the smallest image: where one cannot be pulled, none can."""
    try:
        docker.from_env().images.pull(PUBLIC["redis"])
    except APIError:
        return False
    return True


@cache
def _own() -> str:
    built = subprocess.run(
        [sys.executable, "-m", "deploy.lab", "services-image"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return built.stdout.splitlines()[-1]
