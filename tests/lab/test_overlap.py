"""New workers prove that they work before the old ones stop."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.deployed import ROOT, Deployed, make
from tests.lab.minimal import units

# Ready, and consuming: that its children have no database shows only when a task runs.
BROKEN = """
import sys

from celery import signals


def lose_the_database(**_):
    from django.db import connections

    connections["default"].settings_dict["PORT"] = "1"


if "worker" in sys.argv:
    signals.worker_process_init.connect(lose_the_database, weak=False)
"""


def workers(deployed: Deployed) -> dict[str, str]:
    """The shop's workers, which run, and since when."""
    found = units(deployed, "dailyfresh")
    return {name: since for name, since in found.items() if " Id=celery-" in name}


def test_a_release_whose_canary_fails_leaves_the_old_one_serving(
    deployed: Deployed, tmp_path: Path
) -> None:
    copy = tmp_path / "shop"
    for name in ("celery_tasks", "project", "requirements"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("celeriac.yml", "manage.py"):
        shutil.copy(ROOT / name, copy)
    celery = copy / "project" / "celery.py"
    celery.write_text(f"{celery.read_text()}\n{BROKEN}")

    before = workers(deployed)
    said = make("deploy-only", f"APP={copy / 'celeriac.yml'}")
    try:
        assert said.code != 0
        assert (
            "did not prove that it works and was stopped; what ran before still runs" in said.text
        )
        assert "its canary came back with an error: OperationalError: " in said.text
        assert "Run the web servers" not in said.text
        assert before.items() <= workers(deployed).items()
        visitor = deployed.visitor()
        assert visitor.activation_link(visitor.register().email)
    finally:
        again = make("deploy-only")
        assert again.code == 0, again.text
