"""`celeriac scale` as a person runs it, up to the playbooks that it starts."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tests.unit.fleet.conftest import RELEASE
from tests.unit.steering.scaled import ARCHIVE, Scaled


def units(document: dict[str, Any], host: str) -> list[str]:
    return [
        process["unit"]
        for process in document["hosts"].get(host, {"processes": []})["processes"]
        if process["kind"] == "worker"
    ]


def test_slots_are_written_and_run(shop: Scaled) -> None:
    said = shop.hosts.celeriac("scale", "mail=3")
    assert said.exit_code == 0, said.output
    assert "  three: mail 0 -> 1\n" in said.stdout
    assert "two" not in said.stdout.split("Wrote")[1].split("\n\n")[0]
    assert "hosts.yml was changed: commit it" in said.stdout
    (document,) = shop.runs
    assert document["build"]["known"] == ARCHIVE
    assert units(document, "two") == ["celery-shop-mail-1", "celery-shop-mail-2"]
    assert units(document, "three") == ["celery-shop-bulk-1", "celery-shop-mail-1"]
    assert shop.file.read_text().count("mail: 1") == 1


def test_the_same_command_again_goes_on_without_a_look_at_git(shop: Scaled) -> None:
    shop.git("init", "--quiet")
    shop.git("add", "inventories/test/hosts.yml")
    shop.git("commit", "--quiet", "-m", "first")
    assert shop.hosts.celeriac("scale", "mail=3").exit_code == 0
    before = shop.file.read_text()
    assert shop.hosts.celeriac("scale", "mail=3").exit_code == 0
    assert (shop.file.read_text(), len(shop.runs)) == (before, 2)
    said = shop.hosts.celeriac("scale", "mail=4")
    assert said.exit_code == 1
    assert "has changes that are not committed" in said.stderr
    assert (shop.file.read_text(), len(shop.runs)) == (before, 2)


def refused(shop: Scaled, *words: str) -> str:
    before = shop.file.read_text()
    said = shop.hosts.celeriac("scale", *words)
    assert (said.exit_code, shop.runs, shop.file.read_text()) == (1, [], before), said.output
    return said.stderr


def test_too_little_memory_is_refused(shop: Scaled) -> None:
    said = refused(shop, "bulk=100000")
    assert "two has " in said
    assert "its processes may take 51200896 MiB beside 256 MiB of other applications" in said


def test_a_release_that_cannot_be_put_on_a_host_is_refused(shop: Scaled) -> None:
    shop.archive.unlink()
    assert f"{RELEASE} is not on three, and its archive is not on this" in refused(shop, "mail=3")


def test_another_description_than_the_deployed_one_is_refused(shop: Scaled) -> None:
    shop.record(shop.hosts.description.read_text(), description="0" * 64)
    assert "is not the one that was deployed last" in refused(shop, "mail=3")


def test_settings_that_were_deployed_after_the_build_are_kept(shop: Scaled) -> None:
    text = shop.hosts.description.read_text()
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    shop.record(text.replace("256M", "192M"), description=sha256)
    said = shop.hosts.celeriac("scale", "mail=3")
    assert said.exit_code == 0, said.output
    drop_in = shop.runs[0]["hosts"]["three"]["processes"][-1]["files"][-1]["content"]
    assert "MemoryMax=256M" in drop_in


def test_before_the_first_deploy(shop: Scaled) -> None:
    (shop.folder / "state" / "shop" / "audit.jsonl").write_text("")
    assert "Nothing was deployed yet. Deploy first." in refused(shop, "mail=3")


def test_somebody_elses_lock(shop: Scaled) -> None:
    lock = {"owner": "ann@far", "what": "deploy", "message": "", "token": "t", "since": "unknown"}
    (shop.folder / "state" / "shop" / "lock").write_text(json.dumps(lock))
    assert "Refused: ann@far (deploy) for an unknown time has the lock." in refused(shop, "mail=3")
