"""What goes wrong in deploys: the message names the place and the remedy, what ran still runs."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from deploy.lab import faults
from tests.deployed import Deployed, Said, make
from tests.lab.minimal import APP, hello

WORKER, STRANGER = "worker1", "web2"
BROKEN = """
import sys

if "worker" in sys.argv:
    import nothing_of_this_name
"""


# The last deploy here, with the credential that was lost, puts it back.
pytestmark = pytest.mark.usefixtures("minimal")


def test_an_unknown_environment() -> None:
    said = make("deploy", "ENV=nowhere")
    assert said.code != 0
    assert "-e nowhere: no environment of this name in deploy/ansible/inventories" in said.text
    assert "Traceback" not in said.text


def test_a_description_with_mistakes_touches_nothing(changed: Path) -> None:
    description = changed / "celeriac.yml"
    text = description.read_text().replace("queues: [hello]", "queues: [helo]")
    description.write_text(text.replace("memory: 256M", "memory: lots"))
    said = make("deploy", f"APP={description}")
    assert said.code != 0
    assert "pools/mail/queues" in said.text
    assert "pools/mail/memory" in said.text
    assert "web/memory" in said.text
    assert "Prepare every host" not in said.text


def test_a_wrong_vault_password(tmp_path: Path) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("wrong\n")
    said = make("deploy", CELERIAC_VAULT_PASSWORD_FILE=str(wrong))
    assert said.code != 0
    assert (
        f"vault.yml: the password in {wrong} does not open it. Put the right one there."
        in said.text
    )
    assert "Traceback" not in said.text


@pytest.fixture(scope="module")
def two_away(deployed: Deployed, minimal: None) -> Said:
    """What a deploy says that finds one host cut off, and another with a key that is not its own."""
    known = deployed.lab.known_hosts
    right = known.read_text()
    other = next(line for line in right.splitlines() if not line.startswith(STRANGER))
    lines = [
        f"{line.split()[0]} {' '.join(other.split()[1:])}" if line.startswith(STRANGER) else line
        for line in right.splitlines()
    ]
    known.write_text("\n".join(lines) + "\n")
    try:
        # Not through make: it would bring the host back.
        with faults.cut_off(deployed.lab, WORKER):
            return make("deploy-only", APP)
    finally:
        known.write_text(right)


def test_an_unreachable_host(deployed: Deployed, two_away: Said) -> None:
    assert two_away.code != 0
    assert f"{WORKER} cannot be reached over SSH. Check that it runs" in two_away.text
    assert hello(deployed)["result"] == f"Hello from {WORKER}"


def test_a_changed_host_key(two_away: Said) -> None:
    assert two_away.code != 0
    said = f"The SSH host key of {STRANGER} is not the one in the environment's known_hosts"
    assert said in two_away.text


def test_a_full_disk(deployed: Deployed, changed: Path) -> None:
    (changed / "hello" / "new.py").write_text("")
    with faults.full_disk(deployed.lab, WORKER, "/srv/minimal"):
        said = make("deploy", f"APP={changed / 'celeriac.yml'}")
    assert said.code != 0
    assert f"  {WORKER}: " in said.text
    assert "MiB free beyond the reserve, and the release needs" in said.text
    assert "\nBuild the release\n" not in said.text
    assert hello(deployed)["result"] == f"Hello from {WORKER}"


def test_a_worker_whose_code_does_not_import(deployed: Deployed, changed: Path) -> None:
    # Only the worker's, or the migration would find it first.
    celery = changed / "hello" / "celery.py"
    celery.write_text(f"{celery.read_text()}\n{BROKEN}")
    said = make("deploy", f"APP={changed / 'celeriac.yml'}")
    assert said.code != 0
    assert "did not become ready and was stopped; what ran before still runs" in said.text
    assert "No module named 'nothing_of_this_name'" in said.text
    active = faults.run(
        deployed.lab, WORKER, "systemctl", "list-units", "--plain", "celery-minimal-*"
    )
    assert active.count("running") == 1
    assert "auto-restart" not in active
    assert hello(deployed)["result"] == f"Hello from {WORKER}"


def test_a_lost_credential_is_written_again_and_its_worker_restarted(deployed: Deployed) -> None:
    lost = "/etc/celeriac/minimal/celery-minimal-mail-1/credentials/DB_PASSWORD"
    faults.run(deployed.lab, WORKER, "rm", lost)
    said = make("deploy", APP)
    assert said.code == 0, said.text
    # The broken releases of the tests before may be too many by now.
    said_before, _, _ = said.text.partition("\nRemove old releases\n")
    assert replace(said, text=said_before).changes == {WORKER: "1 changed"}
    assert hello(deployed)["result"] == f"Hello from {WORKER}"


def test_missing_secrets_are_named(deployed: Deployed, tmp_path: Path) -> None:
    spare = tmp_path / "inventories" / "spare"
    spare.mkdir(parents=True)
    hosts = yaml.safe_load((deployed.lab.folder / "hosts.yml").read_text())
    # Outside the lab plain HTTP is refused.
    del hosts["all"]["children"]["edge"]
    variables = hosts["all"]["vars"]
    balancer = {"by": "upstream", "from": ["192.0.2.7"]}
    variables["celeriac_edge_tls"] = dict.fromkeys(variables["celeriac_sites"], balancer)
    for site in variables["celeriac_sites"].values():
        site["url"] = "https://shop.example.org"
    (spare / "hosts.yml").write_text(yaml.safe_dump(hosts))
    shutil.copy(deployed.lab.known_hosts, spare)
    said = make("deploy-only", APP, "ENV=spare", f"INVENTORIES={spare.parent}")
    assert said.code != 0
    assert (
        "the secret applications/minimal/broker.web is missing. Run `celeriac secrets init -e spare "
        in said.text
    )
    assert "Prepare every host" not in said.text
