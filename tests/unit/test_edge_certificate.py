"""What certbot runs when it has a certificate: HAProxy gets it in one file, then reads it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOOK = ROOT / "deploy" / "ansible" / "roles" / "haproxy" / "files" / "edge-certificate"
FOLDER = "/etc/haproxy/celeriac-acme"


@pytest.fixture
def lineage(tmp_path: Path) -> Path:
    """A folder as certbot keeps one, beside HAProxy's and a systemctl that writes down its orders."""
    held = tmp_path / "live" / "shop-0123abcd"
    held.mkdir(parents=True)
    (held / "fullchain.pem").write_text("chain\n")
    (held / "privkey.pem").write_text("key\n")
    (tmp_path / "haproxy").mkdir()
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/orders\n')
    systemctl.chmod(0o755)
    return held


def run(lineage: Path) -> int:
    home = lineage.parents[1]
    assert HOOK.read_text().count(FOLDER) == 1
    script = home / "hook"
    script.write_text(HOOK.read_text().replace(FOLDER, str(home / "haproxy")))
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    environment = {"PATH": path, "RENEWED_LINEAGE": str(lineage)}
    done = subprocess.run(["sh", str(script)], env=environment, capture_output=True, check=False)
    return done.returncode


def test_one_file_that_root_alone_reads(lineage: Path) -> None:
    assert run(lineage) == 0
    (file,) = (lineage.parents[1] / "haproxy").iterdir()
    assert (file.name, file.read_text()) == ("shop-0123abcd.pem", "chain\nkey\n")
    assert file.stat().st_mode & 0o777 == 0o600
    assert (lineage.parents[1] / "orders").read_text() == "reload haproxy.service\n"


def test_without_a_key_the_old_file_stays(lineage: Path) -> None:
    old = lineage.parents[1] / "haproxy" / "shop-0123abcd.pem"
    old.write_text("old\n")
    (lineage / "privkey.pem").unlink()
    assert run(lineage) != 0
    assert old.read_text() == "old\n"
    assert not (lineage.parents[1] / "orders").exists()


def test_haproxy_reads_that_folder() -> None:
    role = HOOK.parents[1]
    assert f"__haproxy_acme: {FOLDER}\n" in (role / "vars" / "main.yml").read_text()
