"""What a build is told beside its inputs, and what is known of earlier ones."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from celeriac.derive.document import build
from celeriac.description.loading import load
from celeriac.release import control, inputs
from tests.artefacts.documents import WHERE
from tests.descriptions import write


def completed(folder: Path) -> dict[str, Any]:
    file = folder / "celeriac.yml"
    document: dict[str, Any] = build(load(file), WHERE)["celeriac"]
    inputs.complete(document, file, folder, ["shop"], [], folder / "cache")
    return document


def test_a_release_is_remembered_by_its_description_and_lock(tmp_path: Path) -> None:
    write(tmp_path, {"environment": {"BRACES": "{{ not a template }}"}})
    found = completed(tmp_path)["build"]
    text = (tmp_path / "celeriac.yml").read_text()
    assert found["description"] == control.literal(text)
    assert found["description_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    lock = (tmp_path / "requirements.txt").read_bytes()
    assert found["requirements_sha256"] == hashlib.sha256(lock).hexdigest()
    assert found["by"] == control.literal(control.owner())


def test_neither_a_comment_in_it_nor_the_person_makes_another_release(
    tmp_path: Path, monkeypatch: Any
) -> None:
    write(tmp_path)
    before = completed(tmp_path)["build"]
    file = tmp_path / "celeriac.yml"
    file.write_text(f"# Another comment.\n{file.read_text()}")
    monkeypatch.setattr(control, "owner", lambda: "somebody@else")
    after = completed(tmp_path)["build"]
    assert after["digest"] == before["digest"]
    assert after["by"] != before["by"]
    assert yaml.safe_load(after["description"]["__ansible_unsafe"])


def test_a_host_is_told_of_an_archive_what_it_needs(tmp_path: Path) -> None:
    write(tmp_path)
    digest = completed(tmp_path)["build"]["digest"]
    archive = {"release": "R", "sha256": "00", "archive_bytes": 1, "unpacked_bytes": 2}
    name = tmp_path / "cache" / "releases" / "shop" / f"20261122T120000-{digest[:10]}"
    name.parent.mkdir(parents=True)
    name.with_name(f"{name.name}.json").write_text(json.dumps({**archive, "description": "…"}))
    assert completed(tmp_path)["build"]["known"] is None  # no archive beside it
    name.with_name(f"{name.name}.tar.zst").touch()
    document = completed(tmp_path)
    assert document["build"]["known"] == archive
    assert inputs.release(document, tmp_path / "cache") == "R"
