"""Packs everything a release is built from into one archive with a digest.

The digest names the release's inputs: the application's files, its lock, the
runtime document and the kit's own code. Same inputs, same digest, whatever the
clock, the user or the order of the directory says.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import celeriac
from celeriac.description.problems import InputError, Problem
from celeriac.description.source import Source

# What every release carries of the kit. It imports Celery, kombu, Django and the standard
# library alone (scheduling django_celery_beat too), so it fits any application's environment.
KIT = ("__init__.py", "runtime.py", "worker", "publishing", "inbox", "scheduling")


@dataclass(frozen=True)
class Packed:
    """An archive of inputs and the digest (64 hexadecimal digits) that names it."""

    archive: Path
    digest: str


def pack(
    source: Path, include: list[str], exclude: list[str], build: dict[str, Any], into: Path
) -> Packed:
    """Write the archive ``<digest>.tar`` into the folder ``into``, unless it is there.

    ``build`` is the part of the derived document that the build host reads; it
    becomes ``build.json``. Raises `InputError` for a file that cannot be read.
    """
    entries: dict[str, tuple[bytes, bool]] = {"build.json": (_json(build), False)}
    if build["requirements"]:
        entries["requirements.txt"] = _read(source / build["requirements"])
    if build["runtime"] is not None:
        entries["celeriac.json"] = (_json(build["runtime"]), False)
    for name, path in _files(Source(source, include, exclude)):
        entries[f"app/{name}"] = _read(path)
    for name, path in _files(Source(Path(celeriac.__file__).parent, list(KIT), [])):
        entries[f"kit/celeriac/{name}"] = _read(path)

    digest = _digest(entries)
    archive = into / f"{digest}.tar"
    if not archive.exists():
        into.mkdir(parents=True, exist_ok=True)
        partial = archive.with_suffix(".partial")
        _write(partial, entries)
        partial.replace(archive)
    return Packed(archive, digest)


def _files(source: Source) -> Iterator[tuple[str, Path]]:
    """Yield the name in the source and the path of each file."""
    for name in source.include:
        start = source.root / name
        if not start.exists():
            raise InputError(
                start, [Problem(str(start), "not there", "Correct code/include in celeriac.yml.")]
            )
    for path in source.files():
        yield path.as_posix(), source.root / path


def _read(path: Path) -> tuple[bytes, bool]:
    try:
        return path.read_bytes(), bool(path.stat().st_mode & 0o100)
    except OSError as error:
        what = error.strerror or "cannot be read"
        raise InputError(
            path, [Problem(str(path), what, "Make it readable, or exclude it.")]
        ) from error


def _json(value: Any) -> bytes:
    # Not sorted: the first of several routes that fit wins.
    return (json.dumps(value, indent=1) + "\n").encode()


def _digest(entries: dict[str, tuple[bytes, bool]]) -> str:
    total = hashlib.sha256()
    for name, (content, executable) in sorted(entries.items()):
        part = hashlib.sha256(content).hexdigest()
        total.update(f"{name}\0{part}\0{executable}\n".encode())
    return total.hexdigest()


def _write(path: Path, entries: dict[str, tuple[bytes, bool]]) -> None:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, (content, executable) in sorted(entries.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o755 if executable else 0o644
            archive.addfile(member, io.BytesIO(content))
