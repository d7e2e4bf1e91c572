"""Credentials become variables, or the error says which one is wrong and where it comes from."""

import re
from pathlib import Path

import pytest

from celeriac.worker import credentials
from celeriac.worker.errors import LaunchError

UNIT = "celery-shop-mail-1@r1.service"
REMEDY = f"`systemctl cat {UNIT}`"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Named after the unit, as systemd does it."""
    directory = tmp_path / UNIT
    directory.mkdir()
    return directory


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("amqp://u:p@broker1/shop", "amqp://u:p@broker1/shop"),
        ("by hand, with an editor\n", "by hand, with an editor"),
        ("a line of its own\n\n", "a line of its own\n"),
        ('{"quotes": "and $braces"} \\', '{"quotes": "and $braces"} \\'),
        ("grün", "grün"),
    ],
)
def test_a_file_is_a_variable(directory: Path, content: str, value: str) -> None:
    (directory / "BROKER_URL").write_text(content, encoding="utf-8")
    environment = {"CREDENTIALS_DIRECTORY": str(directory), "BROKER_URL": "from elsewhere"}
    assert credentials.load(environment) == ["BROKER_URL"]
    assert environment["BROKER_URL"] == value


def test_a_unit_without_credentials_gets_none() -> None:
    environment = {"PATH": "/usr/bin"}
    assert credentials.load(environment) == []
    assert environment == {"PATH": "/usr/bin"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("BROKER_URL", b"", "credential BROKER_URL is empty. "),
        ("BROKER_URL", b"\n", "credential BROKER_URL is empty. "),
        ("BROKER_URL", b"a\0b", "credential BROKER_URL holds a NUL byte. "),
        ("BROKER_URL", b"\xff", "credential BROKER_URL is not UTF-8 text. "),
        ("broker-url", b"x", "credential broker-url: a credential is named like the environment"),
    ],
)
def test_what_is_refused(directory: Path, name: str, content: bytes, message: str) -> None:
    (directory / name).write_bytes(content)
    with pytest.raises(LaunchError, match="^" + re.escape(message)) as refusal:
        credentials.load({"CREDENTIALS_DIRECTORY": str(directory)})
    assert REMEDY in str(refusal.value)


def test_a_missing_directory_is_refused(tmp_path: Path) -> None:
    missing = tmp_path / UNIT
    with pytest.raises(
        LaunchError, match=r"cannot be read: No such file or directory\."
    ) as refusal:
        credentials.load({"CREDENTIALS_DIRECTORY": str(missing)})
    assert REMEDY in str(refusal.value)


def test_what_is_no_file_is_refused(directory: Path) -> None:
    (directory / "BROKER_URL").mkdir()
    with pytest.raises(LaunchError, match="credential BROKER_URL cannot be read: Is a directory"):
        credentials.load({"CREDENTIALS_DIRECTORY": str(directory)})
