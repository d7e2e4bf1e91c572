"""What database and cache let in, and what they do with a client that is gone."""

from __future__ import annotations

import subprocess
import time

import pytest

from demo.main_job import wait
from deploy.lab import faults
from tests.deployed import Deployed

PYTHON = "/srv/dailyfresh/current/venv/bin/python"
CREDENTIALS = {
    "web1": "/etc/celeriac/dailyfresh/web-dailyfresh/credentials",
    "relay2": "/etc/celeriac/dailyfresh/relay-dailyfresh/credentials",
}
ASK = """
import sys, psycopg2
url, statement = sys.stdin.read().split("\\n", 1)
cursor = psycopg2.connect(url).cursor()
cursor.execute(statement)
print(cursor.fetchone())
"""


def url(deployed: Deployed, host: str, service: str = "DATABASE_URL") -> str:
    return faults.run(deployed.lab, host, "cat", f"{CREDENTIALS[host]}/{service}")


def ask(deployed: Deployed, host: str, database: str, statement: str) -> str:
    """Run a statement on a host, with the driver that the application has; return what was said."""
    container = faults.container(deployed.lab, host).name
    done = subprocess.run(
        ["docker", "exec", "--interactive", container, PYTHON, "-c", ASK],
        input=f"{database}\n{statement}",
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT session_user, current_database()", "('dailyfresh-web', 'dailyfresh')"),
        ("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", "(True,)"),
        ("SELECT count(*) >= 0 FROM django_content_type", "(True,)"),
        ("CREATE TABLE intruder ()", "permission denied for schema public"),
        ("DROP TABLE celeriac_outbox", "must be owner of table celeriac_outbox"),
        ("TRUNCATE celeriac_outbox", "permission denied for table celeriac_outbox"),
        ('SET ROLE "dailyfresh"', 'permission denied to set role "dailyfresh"'),
        ('SET SESSION AUTHORIZATION "dailyfresh-relay"', "permission denied to set session"),
    ],
)
def test_what_a_web_process_may_do(deployed: Deployed, statement: str, said: str) -> None:
    assert said in ask(deployed, "web1", url(deployed, "web1"), statement)


def test_nobody_comes_without_tls(deployed: Deployed) -> None:
    plain = url(deployed, "web1").replace("sslmode=verify-full", "sslmode=disable")
    assert "no encryption" in ask(deployed, "web1", plain, "SELECT 1")


def test_a_role_comes_from_the_hosts_that_run_it_alone(deployed: Deployed) -> None:
    stolen = url(deployed, "web1")
    assert "no pg_hba.conf entry" in ask(deployed, "relay2", stolen, "SELECT 1")
    assert "(1,)" in ask(deployed, "relay2", url(deployed, "relay2"), "SELECT 1")


def test_a_server_of_another_name_is_refused(deployed: Deployed) -> None:
    other = url(deployed, "web1").replace("@db1:", "@broker1:")
    hosts = f"echo '{deployed.inventory.hosts['db1']['ansible_host']} impostor' >> /etc/hosts"
    faults.run(deployed.lab, "web1", "sh", "-c", hosts)
    try:
        said = ask(deployed, "web1", other.replace("@broker1:", "@impostor:"), "SELECT 1")
    finally:
        drop = "grep -v ' impostor$' /etc/hosts > /tmp/hosts; cat /tmp/hosts > /etc/hosts"
        faults.run(deployed.lab, "web1", "sh", "-c", drop)
    assert 'does not match host name "impostor"' in said


def test_a_client_that_was_cut_off_gives_its_lock_back(deployed: Deployed) -> None:
    hold = (
        "import sys, time, psycopg2\n"
        "c = psycopg2.connect(open(sys.argv[1]).read())\n"
        "c.autocommit = True\n"
        "c.cursor().execute('SELECT pg_advisory_lock(4711)')\n"
        "time.sleep(600)\n"
    )
    file = f"{CREDENTIALS['relay2']}/DATABASE_URL"
    faults.run(
        deployed.lab, "relay2", "systemd-run", "--quiet", "--unit=holder", PYTHON, "-c", hold, file
    )
    count = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711"
    psql = ["su", "postgres", "-c", f'psql --tuples-only --no-align --command="{count}" dailyfresh']

    def held() -> int:
        return int(faults.run(deployed.lab, "db1", *psql))

    try:
        wait(lambda: held() or None, 20, "the lock")
        with faults.cut_off(deployed.lab, "relay2"):
            since = time.monotonic()
            wait(lambda: True if held() == 0 else None, 20, "the lock of the host that is away")
            assert time.monotonic() - since < 12
    finally:
        faults.run(deployed.lab, "relay2", "systemctl", "stop", "holder")


def test_the_cache_has_no_plain_port_and_trusts_no_stranger(deployed: Deployed) -> None:
    address = deployed.inventory.hosts["db1"]["ansible_host"]
    command = ["redis-cli", "-h", address, "-p", "6379"]
    assert "PONG" not in faults.run(
        deployed.lab, "db1", "sh", "-c", f"{' '.join(command)} PING 2>&1 || true"
    )
    encrypted = [*command, "--tls", "--cacert", "/etc/celeriac/tls/ca.crt", "PING"]
    assert "NOAUTH" in faults.run(deployed.lab, "db1", *encrypted)
