"""Where the kernel keeps a container's memory figures."""

from pathlib import Path

import pytest

from deploy.lab.memory import locate

ID = "4f3c" * 16


@pytest.mark.parametrize(
    ("membership", "usage", "droppable"),
    [
        (  # v1, the engine's cgroupfs driver; systemd inside has moved the process down
            f"12:memory:/docker/{ID}/init.scope\n3:cpu,cpuacct:/docker/{ID}\n0::/\n",
            f"memory/docker/{ID}/memory.usage_in_bytes",
            "total_inactive_file",
        ),
        (  # v1, the engine's systemd driver
            f"5:memory:/system.slice/docker-{ID}.scope\n",
            f"memory/system.slice/docker-{ID}.scope/memory.usage_in_bytes",
            "total_inactive_file",
        ),
        (  # v2
            f"0::/system.slice/docker-{ID}.scope/init.scope\n",
            f"system.slice/docker-{ID}.scope/memory.current",
            "inactive_file",
        ),
    ],
)
def test_files_of_the_containers_own_cgroup(membership, usage, droppable):
    files = locate(membership, ID)
    assert files.usage == Path("/sys/fs/cgroup", usage)
    assert files.stat == files.usage.with_name("memory.stat")
    assert files.droppable == droppable


def test_another_process_is_not_mistaken_for_the_container():
    with pytest.raises(FileNotFoundError):
        locate("12:memory:/user.slice\n0::/\n", ID)
