"""How a host's container is created, as text."""

from pathlib import Path

import pytest

from deploy.lab.container import CACHE, CONFIG_LABEL, configuration
from deploy.lab.inventory import describe

VARIABLES = {"ansible_host": "10.1.2.10", "lab_memory": "512m", "group_names": ["web"]}
APT = f"{CACHE}/apt/trial/web1:/var/cache/apt/archives:rw"


def body(cgroup="1", image="sha256:1", **changes):
    lab = describe(Path("/inventories/trial"), {"web1": VARIABLES | changes})
    return configuration(lab, lab.hosts[0], image, cgroup)


def test_under_cgroup_v1():
    labels = {
        "celeriac.lab": "trial",
        "celeriac.lab.folder": "/inventories/trial",
        "celeriac.lab.host": "web1",
    }
    given = body()
    assert given["Labels"].items() >= labels.items()
    assert given | {"Labels": None} == {
        "Image": "sha256:1",
        "Hostname": "web1",
        "Cmd": ["sh", "-c", "mount --make-rshared / && exec /sbin/init"],
        "HostConfig": {
            "CapAdd": ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"],
            "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
            "MaskedPaths": [],
            "ReadonlyPaths": [],
            "CgroupnsMode": "host",
            "Tmpfs": {"/run": "", "/tmp": "exec"},  # noqa: S108 (a mount point)
            "Binds": [APT, "/sys/fs/cgroup:/sys/fs/cgroup:rw"],
            "Memory": 512 * 1024**2,
            "MemorySwap": 512 * 1024**2,
            "CpuShares": 1024,
            "NetworkMode": "celeriac-trial",
        },
        "NetworkingConfig": {
            "EndpointsConfig": {
                "celeriac-trial": {
                    "IPAMConfig": {"IPv4Address": "10.1.2.10"},
                    "Aliases": ["web1"],
                }
            }
        },
        "Labels": None,
    }


def test_under_cgroup_v2_the_namespace_is_private_and_nothing_of_the_machine_is_mounted():
    given = body(cgroup="2")
    assert given["HostConfig"]["CgroupnsMode"] == "private"
    assert given["HostConfig"]["Binds"] == [APT]
    assert given["Cmd"][-1].startswith("mount -o remount,rw /sys/fs/cgroup && ")


def test_build_hosts_share_the_cache_of_uv():
    binds = body(group_names=["build"])["HostConfig"]["Binds"]
    assert f"{CACHE}/uv:/var/cache/celeriac/uv:rw" in binds


@pytest.mark.parametrize(
    "changes",
    [
        {"cgroup": "2"},
        {"image": "sha256:2"},
        {"lab_memory": "513m"},
        {"lab_cpu_weight": 2},
        {"ansible_host": "10.1.2.11"},
        {"group_names": ["build"]},
    ],
)
def test_every_input_changes_the_label_that_replaces_a_host(changes):
    assert body(**changes)["Labels"][CONFIG_LABEL] != body()["Labels"][CONFIG_LABEL]


def test_the_same_inputs_keep_the_label():
    assert body()["Labels"] == body()["Labels"]
