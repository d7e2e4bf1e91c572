"""The digest of a release's inputs: what changes it and what does not."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from celeriac.description.problems import InputError
from celeriac.description.source import Source
from celeriac.release.source import pack

BUILD: dict[str, Any] = {"requirements": "lock.txt", "python": "3.13", "runtime": {"celery": {}}}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "shop").mkdir(parents=True)
    (folder / "shop" / "settings.py").write_text("DEBUG = False\n")
    (folder / "manage.py").write_text("#!/usr/bin/env python\n")
    (folder / "lock.txt").write_text("celery==5.7.0\n")
    (folder / "notes.md").write_text("not part of it\n")
    return folder


def digest(source: Path, build: dict[str, Any] = BUILD, exclude: tuple[str, ...] = ()) -> str:
    return pack(source, ["shop", "manage.py"], list(exclude), build, source.parent / "out").digest


def edit(name: str, text: str) -> Callable[[Path], None]:
    return lambda source: (source / name).write_text(text) and None


def touch(source: Path) -> None:
    os.utime(source / "manage.py", (1, 1))


def compiled(source: Path) -> None:
    (source / "shop" / "__pycache__").mkdir()
    (source / "shop" / "__pycache__" / "settings.cpython-313.pyc").write_bytes(b"\0")


@pytest.mark.parametrize(
    ("change", "same"),
    [
        pytest.param(edit("shop/settings.py", "DEBUG = True\n"), False, id="code"),
        pytest.param(edit("shop/new.py", ""), False, id="new file"),
        pytest.param(edit("lock.txt", "celery==5.7.1\n"), False, id="lock"),
        pytest.param(lambda source: (source / "manage.py").chmod(0o755), False, id="mode"),
        pytest.param(edit("notes.md", "other\n"), True, id="file that is not included"),
        pytest.param(touch, True, id="time"),
        pytest.param(compiled, True, id="bytecode"),
    ],
)
def test_the_digest_follows_the_content_alone(
    source: Path, change: Callable[[Path], None], same: bool
) -> None:
    before = digest(source)
    change(source)
    assert (digest(source) == before) is same


@pytest.mark.parametrize("key", ["python", "runtime"])
def test_the_digest_follows_the_build(source: Path, key: str) -> None:
    assert digest(source, {**BUILD, key: "other"}) != digest(source)


def test_an_excluded_file_is_not_packed(source: Path) -> None:
    packed = pack(source, ["shop"], ["shop/settings.py"], BUILD, source.parent / "out")
    with tarfile.open(packed.archive) as archive:
        assert "app/shop/settings.py" not in archive.getnames()


@pytest.mark.parametrize(
    ("file", "include", "packed"),
    [
        ("shop/views.py", ["."], True),
        ("static/app.js", ["."], True),
        (".env", ["."], False),
        (".vault-password", ["."], False),
        (".celeriac/lab/id_ed25519", ["."], False),
        ("shop/.env.production", ["."], False),
        ("shop/.env.production", ["shop"], False),
        ("venv/lib/site.py", ["."], False),
        ("node_modules/left-pad/index.js", ["."], False),
        ("shop/__pycache__/views.cpython-313.pyc", ["shop"], False),
        ("shop/old.pyc", ["shop"], False),
        ("db.sqlite3", ["."], False),
        (".well-known/security.txt", [".", ".well-known"], True),
        (".well-known/.cache/key", [".", ".well-known"], False),
        ("demo.sqlite3", ["shop", "demo.sqlite3"], True),
    ],
)
def test_what_stays_out_unless_it_is_named(
    source: Path, file: str, include: list[str], packed: bool
) -> None:
    (source / file).parent.mkdir(parents=True, exist_ok=True)
    (source / file).write_text("")
    with tarfile.open(pack(source, include, [], BUILD, source.parent / "out").archive) as archive:
        assert (f"app/{file}" in archive.getnames()) is packed
    assert Source(source, include, []).holds(PurePosixPath(file)) is packed


def test_the_archive_holds_application_lock_and_kit(source: Path) -> None:
    packed = pack(source, ["shop", "manage.py"], [], BUILD, source.parent / "out")
    with tarfile.open(packed.archive) as archive:
        names = archive.getnames()
    assert {"app/manage.py", "app/shop/settings.py", "requirements.txt", "celeriac.json"} < {*names}
    assert "kit/celeriac/worker/launcher.py" in names
    assert not [name for name in names if "description" in name or "derive" in name]


def test_a_missing_folder_is_named(source: Path) -> None:
    with pytest.raises(InputError, match=r"source/gone: not there\. Correct code/include"):
        pack(source, ["gone"], [], BUILD, source.parent / "out")
