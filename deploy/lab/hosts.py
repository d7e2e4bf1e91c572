"""The lab's containers, brought to what the inventory says: adopt, start, replace, remove."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from docker import DockerClient
from docker.errors import APIError
from docker.models.containers import Container
from docker.models.networks import Network

from deploy.lab import container as described
from deploy.lab import network as networks
from deploy.lab import ssh
from deploy.lab.errors import LabError
from deploy.lab.inventory import Host, Lab
from deploy.lab.network import LABEL

_BOOT_WITHIN = 90  # seconds; seven hosts at once took under 10 on two cores


def existing(client: DockerClient, env: str) -> dict[str, Container]:
    """Return the lab's containers by host name, running or not."""
    found = client.containers.list(
        all=True, filters={"label": f"{LABEL}={env}"}, ignore_removed=True
    )
    return {container.labels[described.HOST_LABEL]: container for container in found}


def container_name(env: str, host: str) -> str:
    return f"celeriac-{env}-{host}"


def check_owner(lab: Lab, containers: dict[str, Container]) -> None:
    """Raise LabError when another clone's inventory made the containers and they run.

    Those that stopped, as all do with the engine, may be replaced: their clone makes them anew.
    """
    for container in containers.values():
        owner = container.labels.get(described.FOLDER_LABEL)
        if owner != str(lab.folder) and container.status == "running":
            raise LabError(
                f"a lab {lab.env} of another inventory runs on this machine: {owner}",
                "run `make lab-down` there; if that folder is gone, remove its hosts with"
                f" `docker rm --force $(docker ps --all --quiet --filter label={LABEL}={lab.env})`",
            )


def reconcile(client: DockerClient, lab: Lab, image: str, network: Network) -> dict[str, list[str]]:
    """Bring every container to the inventory's description; return what was done to whom."""
    containers = existing(client, lab.env)
    names = {host.name for host in lab.hosts}
    superfluous = sorted(containers.keys() - names)
    remove(containers[name] for name in superfluous)
    cgroup = client.info()["CgroupVersion"]
    public_key = ssh.client_key(lab).with_suffix(".pub").read_bytes()

    def bring(host: Host) -> str:
        return _bring(
            client, lab, host, image, cgroup, network, containers.get(host.name), public_key
        )

    with ThreadPoolExecutor(len(lab.hosts)) as pool:
        outcomes = list(pool.map(bring, lab.hosts))
    done = {"removed": superfluous} if superfluous else {}
    for host, outcome in zip(lab.hosts, outcomes, strict=True):
        done.setdefault(outcome, []).append(host.name)
    return done


def _bring(
    client: DockerClient,
    lab: Lab,
    host: Host,
    image: str,
    cgroup: str,
    network: Network,
    container: Container | None,
    public_key: bytes,
) -> str:
    wanted = described.configuration(lab, host, image, cgroup)
    label = described.CONFIG_LABEL
    outcome = "created"
    if container and container.labels[label] != wanted["Labels"][label]:
        container.remove(force=True, v=True)
        container, outcome = None, "replaced"
    if container is None:
        for folder in described.caches(lab, host):
            folder.mkdir(parents=True, exist_ok=True)
        made = client.api.create_container_from_config(wanted, container_name(lab.env, host.name))
        container = client.containers.get(made["Id"])
    elif container.status == "running":
        outcome = "unchanged"
    else:
        outcome = "started"
    if networks.connect(network, container, host) and outcome == "unchanged":
        outcome = "reconnected"
    ssh.authorize(container, public_key)
    if container.status == "paused":
        container.unpause()
    elif container.status != "running":
        container.start()
    return outcome


def remove(containers: Iterable[Container]) -> None:
    """Remove containers with what they wrote, running or not; side by side, since each takes seconds."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda container: container.remove(force=True, v=True), containers))


def wait(hosts: Sequence[Host], containers: Mapping[str, Container]) -> list[str]:
    """Wait until systemd is up and SSH answers on every host; return warnings.

    A degraded host (a unit failed) is up: its warning names the units. Raises LabError when a
    host's container ends or does not come up within 90 s.
    """
    deadline = time.monotonic() + _BOOT_WITHIN
    with ThreadPoolExecutor(len(hosts)) as pool:
        answers = pool.map(lambda host: _wait(host, containers[host.name], deadline), hosts)
        return [warning for warning in answers if warning]


def _wait(host: Host, container: Container, deadline: float) -> str:
    state = ""
    while True:
        state = systemd_state(container)
        if state in ("running", "degraded") and ssh.answers(host):
            break
        if time.monotonic() > deadline:
            greeting = "answers" if ssh.answers(host) else "does not answer"
            raise LabError(
                f"{host.name} is not up after {_BOOT_WITHIN} s: systemd says"
                f" {state or 'nothing'}, SSH {greeting}",
                f"look into it: `docker exec -it {container.name} journalctl -b`",
            )
        time.sleep(0.2)
    if state == "running":
        return ""
    failed = json.loads(
        container.exec_run(["systemctl", "list-units", "--failed", "--output=json"]).output
    )
    return f"{host.name}: failed units: " + ", ".join(unit["unit"] for unit in failed)


def systemd_state(container: Container) -> str:
    """Return what ``systemctl is-system-running`` says on the host; empty before systemd runs."""
    try:
        answer: bytes = container.exec_run(["systemctl", "is-system-running"]).output
        return answer.decode().strip()
    except APIError:
        container.reload()
        if container.status == "running":
            return ""
        log = container.logs(tail=10).decode(errors="replace").strip()
        raise LabError(
            f"{container.name} ended when it started: {log or 'it left no output'}",
            "see docs/lab.md for what its systemd needs from this machine",
        ) from None
