"""What a shell completes: commands, options, and values from this machine's files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.descriptions import write

ROOT = Path(__file__).parents[3]
WHERE = "--inventories inventories -e test"
DOES_NOT_PARSE = "pools: [mail\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write(tmp_path)
    vault = "vars: {secret: !vault text}\n"
    file = tmp_path / "inventories" / "test" / "hosts.yml"
    file.write_text(file.read_text().replace("all:\n", f"all:\n  {vault}", 1))
    return tmp_path


def completed(folder: Path, typed: str, shell: str = "bash") -> list[str]:
    """Return what Tab offers after ``typed``, whose last word is unfinished."""
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1)}
    others = {"_TYPER_COMPLETE_ARGS": typed, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run(
        [sys.executable, "-m", "celeriac"],
        cwd=folder,
        env={
            **os.environ,
            **(words if shell == "bash" else others),
            "PYTHONPATH": str(ROOT),
            "_CELERIAC_COMPLETE": f"complete_{shell}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("celeriac prov", ["provision"]),
        ("celeriac status --inventories inventories -e te", ["test"]),
        ("celeriac status -e l", ["lab"]),
        (f"celeriac ssh {WHERE} t", ["three", "two"]),
        (f"celeriac balance out {WHERE} ", ["one"]),
        (f"celeriac status {WHERE} --hosts wor", ["workers"]),
        (f"celeriac status {WHERE} --hosts one,tw", ["one,two"]),
        ("celeriac pause m", ["mail"]),
        ("celeriac scale m", ["mail="]),
        ("celeriac logs --pool m", ["mail"]),
        ("celeriac restart we", ["web"]),
        (f"celeriac drain {WHERE} t", ["three", "two"]),
        ("celeriac provision --roles base,re", ["base,redis"]),
        ("celeriac status --inventories inventories -e nowhere --hosts o", []),
    ],
)
def test_values(shop: Path, typed: str, found: list[str]) -> None:
    assert completed(shop, typed) == found


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells(shop: Path, shell: str) -> None:
    assert "mail" in " ".join(completed(shop, "celeriac pause m", shell))


def test_a_file_that_does_not_parse_completes_to_nothing(shop: Path) -> None:
    (shop / "celeriac.yml").write_text(DOES_NOT_PARSE)
    assert completed(shop, "celeriac pause m") == []


def test_it_starts_without_what_is_slow() -> None:
    """Half a second of Ansible, Pydantic and YAML is no part of a Tab or of --help."""
    code = (
        "import sys, celeriac.cli.main; print(*{'ansible', 'pydantic', 'yaml'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
