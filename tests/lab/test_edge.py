"""What stands in front of the web hosts: names, well and ill hosts, draining, restarts that nobody notices.

That nobody notices a release either is proved under load, by tests/lab/test_successive_releases_under_load.py.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from socket import create_connection

import pytest
import requests

from demo.main_job import wait
from deploy.lab import faults
from tests.artefacts import edges as artefacts
from tests.deployed import ROOT, Deployed, make
from tests.lab.minimal import APP

EDGE, WEB = "edge1", ("web1", "web2")
STATES = """
import json, socket
admin = socket.socket(socket.AF_UNIX)
admin.connect("/run/haproxy/admin.sock")
admin.sendall(b"show stat -1 4 -1\\n")
lines = admin.makefile().read().removeprefix("# ").strip().splitlines()
names = lines[0].split(",")
rows = [dict(zip(names, line.split(","))) for line in lines[1:]]
print(json.dumps({f"{row['pxname']}/{row['svname']}": row["status"] for row in rows}))
"""
SECURE = """
set -eu
folder=/run/celeriac-edge-test
mkdir -p $folder/files $folder/acme
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=edge1 \
    -addext subjectAltName=DNS:edge1 -keyout $folder/key -out $folder/certificate 2>/dev/null
cat $folder/certificate $folder/key > $folder/files/dailyfresh.pem
"""


# Two applications behind one edge.
pytestmark = pytest.mark.usefixtures("minimal")


@pytest.fixture(scope="module")
def address(deployed: Deployed) -> str:
    return str(deployed.inventory.hosts[EDGE]["ansible_host"])


def states(deployed: Deployed) -> dict[str, str]:
    found: dict[str, str] = json.loads(faults.run(deployed.lab, EDGE, "python3", "-c", STATES))
    return found


def well(deployed: Deployed, application: str = "dailyfresh") -> set[str]:
    """The web hosts that get requests of an application."""
    found = states(deployed)
    return {host for host in WEB if found[f"{application}/{host}"].startswith("UP")}


def answered_by(deployed: Deployed, mark: str) -> set[str]:
    """The web hosts whose nginx has written down a request with this word."""
    log = "/var/log/nginx/dailyfresh.access.log"
    return {
        host
        for host in WEB
        if mark in faults.run(deployed.lab, host, "tail", "--lines=200", log)
    }  # fmt: skip


@contextmanager
def visitors(url: str) -> Iterator[list[str]]:
    """People who ask all the time, four at once; what did not go well is in the list."""
    failures: list[str] = []
    stop = threading.Event()

    def ask() -> None:
        with requests.Session() as session:
            while not stop.wait(0.05):
                try:
                    status = session.get(url, timeout=10).status_code
                except requests.RequestException as error:
                    failures.append(str(error))
                else:
                    if status != 200:
                        failures.append(f"status {status}")

    people = [threading.Thread(target=ask) for _ in range(4)]
    for person in people:
        person.start()
    try:
        yield failures
    finally:
        stop.set()
        for person in people:
            person.join()


def balance(where: str, host: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "celeriac", "balance", where, host]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_names_lead_to_applications_and_others_nowhere(deployed: Deployed, address: str) -> None:
    # Both have the edge's name, at ports of their own.
    shown = {
        application: requests.get(f"{deployed.url(application)}/hello/", timeout=10).status_code
        for application in ("dailyfresh", "minimal")
    }
    assert shown == {"dailyfresh": 404, "minimal": 405}
    stranger = requests.get(f"http://{address}/", headers={"Host": "evil.example"}, timeout=10)
    assert stranger.status_code == 404
    inside = {"Host": "dailyfresh.edge.internal"}
    assert requests.get(f"http://{address}/", headers=inside, timeout=10).status_code == 404


def test_both_web_hosts_answer_and_see_the_real_client(deployed: Deployed, address: str) -> None:
    mark = f"/healthz?{time.monotonic_ns()}"
    for _ in range(10):
        claim = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9"}
        assert requests.get(f"http://{address}{mark}", headers=claim, timeout=10).ok
    assert answered_by(deployed, mark) == {*WEB}
    for host in WEB:
        log = faults.run(deployed.lab, host, "cat", "/var/log/nginx/dailyfresh.access.log")
        lines = [line for line in log.splitlines() if mark in line]
        assert not any("203.0.113.9" in line or line.startswith(f"{address} ") for line in lines)


def test_nobody_but_the_edge_asks_nginx_for_health(deployed: Deployed) -> None:
    web = deployed.inventory.hosts["web1"]["ansible_host"]
    headers = {"Host": "dailyfresh.edge.internal"}
    with pytest.warns(Warning, match="certificate"):
        asked = requests.get(f"https://{web}:8443/", headers=headers, timeout=10, verify=False)  # noqa: S501
    assert asked.status_code == 403


def test_an_application_that_is_ill_on_one_host_is_not_asked_there(deployed: Deployed) -> None:
    unit = faults.run(
        deployed.lab, "web1", "systemctl", "list-units", "--plain", "--no-legend", "web-dailyfresh@*"
    ).split()[0]  # fmt: skip
    faults.run(deployed.lab, "web1", "systemctl", "stop", unit)
    try:
        wait(lambda: well(deployed) == {"web2"} or None, 20, "the edge to see it")
        assert well(deployed, "minimal") == {*WEB}
        for _ in range(10):
            assert requests.get(f"{deployed.url()}/healthz", timeout=10).ok
    finally:
        faults.run(deployed.lab, "web1", "systemctl", "start", unit)
        wait(lambda: well(deployed) == {*WEB} or None, 20, "the edge to see it again")


def test_a_host_whose_nginx_is_gone_costs_no_request(deployed: Deployed) -> None:
    with visitors(f"{deployed.url()}/healthz") as failures:
        faults.run(deployed.lab, "web2", "systemctl", "kill", "--signal=KILL", "nginx")
        try:
            wait(lambda: well(deployed) == {"web1"} or None, 20, "the edge to see it")
        finally:
            faults.run(deployed.lab, "web2", "systemctl", "restart", "nginx")
    # Those that were on their way at that moment, one a visitor, were sent and are not sent again.
    assert len(failures) <= 4
    wait(lambda: well(deployed) == {*WEB} or None, 20, "the edge to see it again")


def test_out_of_the_balance_and_back(deployed: Deployed) -> None:
    said = balance("out", "web1")
    assert said.returncode == 0, said.stdout + said.stderr
    try:
        assert {states(deployed)[f"{name}/web1"] for name in ("dailyfresh", "minimal")} == {"DRAIN"}
        mark = f"/healthz?{time.monotonic_ns()}"
        for _ in range(6):
            assert requests.get(f"{deployed.url()}{mark}", timeout=10).ok
        assert answered_by(deployed, mark) == {"web2"}
        last = balance("out", "web2")
        assert last.returncode == 1
        assert "no other web host is well for dailyfresh, minimal" in last.stdout + last.stderr
        assert well(deployed) == {"web2"}
    finally:
        back = balance("in", "web1")
        assert back.returncode == 0, back.stdout + back.stderr
    assert well(deployed) == {*WEB}


def test_a_restart_in_place_that_nobody_notices(deployed: Deployed) -> None:
    environment = "/etc/celeriac/minimal/web-minimal/environment"
    for host in WEB:
        faults.run(deployed.lab, host, "touch", environment)
    with visitors(f"{deployed.url('minimal')}/healthz") as failures:
        said = make("deploy-only", APP)
    assert said.code == 0, said.text
    assert {*WEB} <= said.changes.keys()
    assert failures == []
    assert well(deployed, "minimal") == {*WEB}


def test_files_of_another_kept_release_are_found(deployed: Deployed, address: str) -> None:
    paths = {"union": "/srv/dailyfresh/static/test.0123.css", "name": "/static/test.0123.css"}
    for host in WEB:
        faults.run(deployed.lab, host, "sh", "-c", f"echo old > {paths['union']}")
    try:
        assert requests.get(f"http://{address}{paths['name']}", timeout=10).text == "old\n"
        admin = requests.get(f"http://{address}/static/admin/css/base.css", timeout=10)
        assert admin.ok
    finally:
        for host in WEB:
            faults.run(deployed.lab, host, "rm", paths["union"])
    assert requests.get(f"http://{address}{paths['name']}", timeout=10).status_code == 404


@pytest.fixture
def secure(deployed: Deployed) -> Iterator[int]:
    """A second HAProxy on the edge, with TLS by files for one site and by others for two more."""
    sites = {
        "dailyfresh": artefacts.site("edge1", "https://edge1:18443", 18080),
        "blog": artefacts.site("blog.example.org", "https://blog.example.org:18443", 18080),
        "wiki": artefacts.site("wiki.example.org", "https://wiki.example.org", 18080),
    }
    ways = {
        "dailyfresh": {**artefacts.FILES, "hsts": True},
        "blog": artefacts.ACME,
        "wiki": artefacts.UPSTREAM,
    }
    text = artefacts.haproxy(ways, sites)
    for name, place in {
        "/etc/haproxy/celeriac-": "/run/celeriac-edge-test/",
        "/run/haproxy/admin.sock": "/run/celeriac-edge-test/admin.sock",
    }.items():
        text = text.replace(name, place)
    for host, stand_in in zip(WEB, ("192.0.2.32", "192.0.2.33"), strict=True):
        own = deployed.inventory.hosts[host]["ansible_host"]
        text = text.replace(f"{host[:3]}-{host[3:]} {stand_in}", f"{host} {own}")
        text = text.replace(f"verifyhost web-{host[3:]}", f"verifyhost {host}")
    write = f"{SECURE}cat > /run/celeriac-edge-test/haproxy.cfg <<'END'\n{text}\nEND\n"
    faults.run(deployed.lab, EDGE, "sh", "-c", write)
    command = ["haproxy", "-f", "/run/celeriac-edge-test/haproxy.cfg"]
    faults.run(deployed.lab, EDGE, *command, "-c")
    unit = "--unit=celeriac-edge-test"
    faults.run(deployed.lab, EDGE, "systemd-run", "--quiet", unit, *command, "-W", "-db")
    yield 18443
    faults.run(deployed.lab, EDGE, "systemctl", "stop", "celeriac-edge-test")
    faults.run(deployed.lab, EDGE, "rm", "--recursive", "/run/celeriac-edge-test")


def over_tls(address: str, port: int, name: str) -> tuple[int, str | None]:
    """Ask for the health of a site by its name; return status and what is said of plain HTTP."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        create_connection((address, port), timeout=5) as connection,
        context.wrap_socket(connection, server_hostname=name) as secured,
    ):
        secured.sendall(f"GET /healthz HTTP/1.1\r\nHost: {name}:{port}\r\n\r\n".encode())
        response = HTTPResponse(secured)
        response.begin()
        return response.status, response.getheader("Strict-Transport-Security")


def test_tls_ends_at_the_edge(address: str, secure: int) -> None:
    def answer() -> tuple[int, str | None] | None:
        try:
            found = over_tls(address, secure, "edge1")
        except OSError:
            return None
        return found if found[0] == 200 else None

    assert wait(answer, 20, "an answer over TLS") == (200, "max-age=31536000")
    with pytest.raises(ssl.SSLError):  # no certificate was issued for it yet
        over_tls(address, secure, "blog.example.org")
    for name, location in (
        ("edge1", "https://edge1:18443/x?y=1"),
        ("blog.example.org", "https://blog.example.org:18443/x?y=1"),
        # It comes from none of the addresses that may say so.
        ("wiki.example.org", "https://wiki.example.org/x?y=1"),
    ):
        asked = requests.get(
            f"http://{address}:18080/x?y=1",
            headers={"Host": f"{name}:18080", "X-Forwarded-Proto": "https"},
            allow_redirects=False,
            timeout=10,
        )
        assert (asked.status_code, asked.headers["Location"]) == (301, location)
