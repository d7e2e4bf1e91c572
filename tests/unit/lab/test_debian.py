"""Debian's archives, as this machine's apt has them."""

import pytest

from deploy.lab.debian import archive, sources
from deploy.lab.errors import LabError


@pytest.mark.parametrize(
    ("name", "content", "mirror"),
    [
        (
            "sources.list.d/debian.sources",
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n",
            "http://mirror.example/debian",
        ),
        (
            "sources.list",
            "deb [arch=amd64] http://mirror.example/debian/ bookworm main\n",
            "http://mirror.example/debian",
        ),
    ],
)
def test_the_mirror_is_found(tmp_path, name, content, mirror):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(content)
    assert archive("debian", tmp_path) == mirror


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sources.list", "deb https://mirror.example/debian bookworm main\n"),
        (
            "sources.list",
            "# deb http://old.example/debian bookworm main\n"
            "deb http://security.example/debian-security bookworm-security main\n",
        ),
        ("sources.list.d/other.list", "deb https://packages.example/tool stable main\n"),
        ("sources.list.d/debian.sources.disabled", "URIs: http://old.example/debian\n"),
    ],
)
def test_without_a_mirror_it_asks_for_one(tmp_path, monkeypatch, name, content):
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(content)
    with pytest.raises(LabError, match="no archive debian over http"):
        archive("debian", tmp_path)
    monkeypatch.setenv("CELERIAC_DEBIAN_SERVER", "http://mirror.example/")
    assert archive("debian", tmp_path) == "http://mirror.example/debian"


def test_security_updates_have_an_archive_of_their_own(tmp_path):
    (tmp_path / "sources.list").write_text(
        "deb http://mirror.example/debian bookworm main\n"
        "deb http://security.example/debian-security bookworm-security main\n"
    )
    assert archive("debian-security", tmp_path) == "http://security.example/debian-security"


def test_a_host_has_the_mirror_with_updates_and_security():
    assert sources("http://mirror.example/debian", "http://security.example/debian-security") == (
        "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie trixie-updates\n"
        "Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n"
        "Types: deb\nURIs: http://security.example/debian-security\nSuites: trixie-security\n"
        "Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )
