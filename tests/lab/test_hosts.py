"""A lab of two hosts, beside the lab that everything else uses: made, mended, removed."""

import subprocess
import sys
from pathlib import Path

import docker
import pytest

from deploy.lab import faults, hosts, image, inventory
from deploy.lab.container import UV_CACHE
from deploy.lab.errors import LabError

ROOT = Path(__file__).parents[2]
ENV = "trial"
WEB, BUILD = "172.30.87.11", "172.30.87.12"
HOSTS = """\
all:
  children:
    web: {{hosts: {{web1: {{ansible_host: {web}, lab_memory: {memory}}}}}}}
    build: {{hosts: {{build1: {{ansible_host: {build}, lab_memory: 256m}}}}}}
"""


class Trial:
    """The trial lab's inventory, and the commands on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.describe()

    def describe(self, memory: str = "256m") -> None:
        text = HOSTS.format(web=WEB, build=BUILD, memory=memory)
        (self.folder / "hosts.yml").write_text(text)

    @property
    def lab(self) -> inventory.Lab:
        return inventory.read(str(self.folder))

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "deploy.lab", "--env", str(self.folder), *words]
        return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    def up(self) -> str:
        done = self.command("up")
        assert done.returncode == 0, done.stderr
        return done.stderr

    def ssh(self, address: str, command: str) -> str:
        options = [
            f"IdentityFile={self.lab.state / 'id_ed25519'}",
            f"UserKnownHostsFile={self.lab.known_hosts}",
            "StrictHostKeyChecking=yes",
            "BatchMode=yes",
            "ConnectTimeout=5",
        ]
        argv = ["ssh", "-F", "none", *(f"-o{option}" for option in options)]
        done = subprocess.run(
            [*argv, f"debian@{address}", command], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def client():
    return docker.from_env()


@pytest.fixture(scope="module")
def trial(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inventories") / ENV
    folder.mkdir()
    trial = Trial(folder)
    trial.command("down", "--keep-cache")  # what a run that was killed has left
    yield trial
    trial.command("down", "--keep-cache")


@pytest.fixture
def running(trial):
    """The trial lab as its inventory says."""
    trial.describe()
    trial.up()
    return trial


def identifiers(client):
    return {name: container.id for name, container in hosts.existing(client, ENV).items()}


def test_ssh_opens_with_the_labs_key_and_a_checked_host_key(running):
    assert running.ssh(WEB, "hostname; sudo id --user --name") == "web1\nroot"
    assert running.ssh(BUILD, "systemctl is-system-running") == "running"


def test_hosts_have_keys_and_machine_ids_of_their_own(running):
    keys = [line.split()[-1] for line in running.lab.known_hosts.read_text().splitlines()]
    assert len(set(keys)) == 2
    assert running.ssh(WEB, "cat /etc/machine-id") != running.ssh(BUILD, "cat /etc/machine-id")


def test_names_resolve_between_hosts(running):
    assert running.ssh(BUILD, "getent hosts web1").split() == [WEB, "web1"]


def test_a_hardened_unit_with_a_credential_runs(running):
    properties = [
        "LoadCredential=password:/etc/hostname",
        "DynamicUser=yes",
        "PrivateUsers=yes",
        "ProtectProc=invisible",
        "ProtectSystem=strict",
        "MemoryMax=64M",
    ]
    unit = ["systemd-run", "--quiet", "--wait", "--pipe", *(f"--property={p}" for p in properties)]
    read = 'cat "$CREDENTIALS_DIRECTORY/password"'
    assert faults.run(running.lab, "web1", *unit, "sh", "-c", read) == "web1\n"


def test_package_caches_are_mounted(running):
    mounted = running.ssh(BUILD, "findmnt --list --noheadings --output TARGET").split()
    assert UV_CACHE in mounted
    assert "/var/cache/apt/archives" in mounted


def test_a_second_run_changes_nothing(running, client):
    before, known = identifiers(client), running.lab.known_hosts.stat().st_mtime_ns
    assert "unchanged: web1 build1" in running.up()
    assert (identifiers(client), running.lab.known_hosts.stat().st_mtime_ns) == (before, known)


def test_a_stopped_host_is_started_and_keeps_its_key(running, client):
    known = running.lab.known_hosts.read_text()
    hosts.existing(client, ENV)["web1"].stop(timeout=5)
    assert running.command("status").returncode == 1
    assert "started: web1" in running.up()
    assert running.lab.known_hosts.read_text() == known
    assert running.command("status").returncode == 0


def test_a_host_that_lost_its_network_gets_it_back(running):
    subprocess.run(
        ["docker", "network", "disconnect", f"celeriac-{ENV}", f"celeriac-{ENV}-web1"], check=True
    )
    assert "reconnected: web1" in running.up()
    assert running.ssh(WEB, "getent hosts build1").split() == [BUILD, "build1"]


def test_hosts_outlive_their_network(running, client):
    for container in hosts.existing(client, ENV).values():
        container.stop(timeout=5)
    client.networks.get(f"celeriac-{ENV}").remove()
    assert "started: web1 build1" in running.up()
    assert running.ssh(WEB, "hostname") == "web1"


def test_a_changed_host_alone_is_replaced(running, client):
    before = identifiers(client)
    running.describe(memory="300m")
    assert "replaced: web1" in running.up()
    after = identifiers(client)
    assert after["build1"] == before["build1"]
    assert after["web1"] != before["web1"]
    assert running.ssh(WEB, "hostname") == "web1"


def test_a_host_that_left_the_inventory_is_removed(running, client):
    text = (running.folder / "hosts.yml").read_text()
    (running.folder / "hosts.yml").write_text(text.replace("    web: ", "    # web: "))
    assert "removed: web1" in running.up()
    assert identifiers(client).keys() == {"build1"}


def test_a_fault_ends_with_its_block(running):
    with faults.cut_off(running.lab, "web1"), pytest.raises(AssertionError, match="timed out"):
        running.ssh(WEB, "true")
    running.ssh(WEB, "true")
    with (
        faults.full_disk(running.lab, "web1", "/srv"),
        pytest.raises(RuntimeError, match=r"No space left|I/O error"),
    ):
        faults.run(running.lab, "web1", "cp", "/etc/passwd", "/srv/file")
    faults.run(running.lab, "web1", "cp", "/etc/passwd", "/srv/file")


def test_too_little_disk_is_said_before_anything_is_made(client):
    with pytest.raises(LabError, match=r"GB free; the lab needs 1048576 GB"):
        image.check_disk(client, needed=1024**5)


def test_another_inventory_of_the_same_name_is_refused(running, tmp_path):
    other = tmp_path / ENV
    other.mkdir()
    refused = Trial(other).command("up")
    assert refused.returncode == 1
    assert f"of another inventory runs on this machine: {running.folder}" in refused.stderr
    assert Trial(other).command("down").returncode == 1


@pytest.fixture
def bystander(client):
    """A container of another lab."""
    container = client.containers.create(
        image.host(client).id, labels={"celeriac.lab": f"{ENV}-other"}
    )
    yield container
    container.remove(force=True)


def test_down_removes_all_that_is_the_labs_and_nothing_else(running, client, bystander):
    lab = running.lab
    vault = running.folder / "group_vars/all/vault.yml"
    vault.parent.mkdir(parents=True, exist_ok=True)
    secrets = [vault, running.folder / ".vault-password"]
    for file in secrets:
        file.write_text("secret")

    done = running.command("down")

    assert done.returncode == 0, done.stderr
    assert identifiers(client) == {}
    assert client.networks.list(names=[f"celeriac-{ENV}"]) == []
    assert not any(path.exists() for path in [*secrets, lab.known_hosts, lab.state])
    assert (running.folder / "hosts.yml").exists()
    bystander.reload()
    assert client.images.get(bystander.attrs["Image"])

    again = running.command("down")
    assert (again.returncode, again.stderr) == (0, "")
