"""How commands of operators reach a host: by the inventory's variables, templates filled in."""

from pathlib import Path

import pytest

from celeriac import ssh
from celeriac.description.problems import InputError
from celeriac.environments import Environment

HOSTS = """
all:
  vars:
    ansible_user: admin
    ansible_ssh_private_key_file: "{{ inventory_dir }}/key"
  children:
    relay:
      hosts:
        one: {ansible_host: 192.0.2.1, ansible_port: 2222}
        two: {ansible_user: root, ansible_ssh_common_args: "-o ProxyJump=gate -4"}
        three: {ansible_host: "{{ nowhere }}"}
"""


@pytest.fixture
def place(tmp_path: Path) -> Environment:
    folder = tmp_path / "somewhere"
    folder.mkdir()
    (folder / "hosts.yml").write_text(HOSTS)
    return Environment("somewhere", tmp_path)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("one", ["-oPort=2222", "-oUser=admin", "-oIdentityFile=KEY", "192.0.2.1"]),
        ("two", ["-oUser=root", "-oIdentityFile=KEY", "-o", "ProxyJump=gate", "-4", "two"]),
    ],
)
def test_words(place: Environment, host: str, own: list[str]) -> None:
    own = [word.replace("KEY", str(place.folder / "key")) for word in own]
    assert ssh.words(place, host) == [
        "ssh",
        "-oBatchMode=yes",
        "-oConnectTimeout=10",
        "-oServerAliveInterval=5",
        "-oServerAliveCountMax=3",
        f"-oUserKnownHostsFile={place.known_hosts}",
        "-oStrictHostKeyChecking=yes",
        *own,
    ]


def test_a_person_may_be_asked_and_gets_a_terminal(place: Environment) -> None:
    words = ssh.words(place, "one", interactive=True)
    assert "-oRequestTTY=yes" in words
    assert "-oBatchMode=yes" not in words


@pytest.mark.parametrize(
    ("host", "remote"), [("one", "sudo -n echo 'a b' '$c'"), ("two", "echo 'a b' '$c'")]
)
def test_a_remote_command_is_quoted(place: Environment, host: str, remote: str) -> None:
    assert ssh.as_root(place, host, ["echo", "a b", "$c"])[-1] == remote


def test_a_template_without_a_value(place: Environment) -> None:
    with pytest.raises(InputError, match="nowhere"):
        ssh.words(place, "three")
