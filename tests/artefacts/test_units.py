"""Description and inventory in, the text of each unit's files out."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.derive import processes
from celeriac.description.model import Description
from tests.descriptions import HOSTED, SHOP, changed, inventory

WHERE = inventory({"two": {"mail": 1}}, web=["one"], beat=["two"], relay=["three"])

WORKER = """\
[Unit]
Description=shop pool-mail, release %i
AssertPathExists=/srv/shop/releases/%i/release.json

[Service]
User=shop
Group=shop
Slice=celeriac-shop.slice
WorkingDirectory=/srv/shop/releases/%i/app
EnvironmentFile=/etc/celeriac/shop/celery-shop-mail-1/environment
Environment=CELERIAC_RUNTIME=/srv/shop/releases/%i/celeriac.json
Environment=CELERIAC_RELEASE=%i
Environment=CELERIAC_CONNECTION=mail-1@two/%i
Environment=CELERIAC_CANARY=canary-mail-two-1
LoadCredential=BROKER_URL:/etc/celeriac/shop/celery-shop-mail-1/credentials/BROKER_URL
LoadCredential=DATABASE_URL:/etc/celeriac/shop/celery-shop-mail-1/credentials/DATABASE_URL
LoadCredential=SECRET_KEY:/etc/celeriac/shop/celery-shop-mail-1/credentials/SECRET_KEY
ExecStart=
ExecStart=/srv/shop/releases/%i/venv/bin/python -m celeriac.worker.launcher --ready worker -- \
celery --app=shop.celery worker --loglevel=INFO --hostname=mail-1@two --queues=mail \
--pool=prefork --concurrency=2 --prefetch-multiplier=1 \
--without-gossip --without-mingle --without-heartbeat
MemoryMax=256M
Nice=0
TimeoutStartSec=90
TimeoutStopSec=infinity
"""
WEB = """\
[Unit]
Description=shop web, release %i
AssertPathExists=/srv/shop/releases/%i/release.json

[Service]
User=shop
Group=www-data
SupplementaryGroups=shop
UMask=0007
RuntimeDirectory=web-shop/%i
Environment=XDG_RUNTIME_DIR=/run/web-shop/%i
Slice=celeriac-shop.slice
WorkingDirectory=/srv/shop/releases/%i/app
EnvironmentFile=/etc/celeriac/shop/web-shop/environment
Environment=CELERIAC_RUNTIME=/srv/shop/releases/%i/celeriac.json
Environment=CELERIAC_RELEASE=%i
LoadCredential=DATABASE_URL:/etc/celeriac/shop/web-shop/credentials/DATABASE_URL
LoadCredential=SECRET_KEY:/etc/celeriac/shop/web-shop/credentials/SECRET_KEY
ExecStart=
ExecStart=/srv/shop/releases/%i/venv/bin/python -m celeriac.worker.launcher --ready self -- \
gunicorn shop.wsgi --bind=unix:/run/web-shop/%i/gunicorn.sock --preload --umask=007 --workers=1 \
--threads=1 --graceful-timeout=30
MemoryMax=512M
Nice=0
TimeoutStartSec=90
TimeoutStopSec=40
"""
BEAT = """\
[Unit]
Description=shop beat, release %i
AssertPathExists=/srv/shop/releases/%i/release.json

[Service]
User=shop
Group=shop
StateDirectory=beat-shop
Slice=celeriac-shop.slice
WorkingDirectory=/srv/shop/releases/%i/app
EnvironmentFile=/etc/celeriac/shop/beat-shop/environment
Environment=CELERIAC_RUNTIME=/srv/shop/releases/%i/celeriac.json
Environment=CELERIAC_RELEASE=%i
LoadCredential=DATABASE_URL:/etc/celeriac/shop/beat-shop/credentials/DATABASE_URL
LoadCredential=SECRET_KEY:/etc/celeriac/shop/beat-shop/credentials/SECRET_KEY
ExecStart=
ExecStart=/srv/shop/releases/%i/venv/bin/python -m celeriac.worker.launcher --ready beat -- \
celery --app=shop.celery beat --loglevel=INFO --schedule=%S/beat-shop/schedule
MemoryMax=128M
Nice=0
TimeoutStartSec=90
TimeoutStopSec=30
"""
RELAY = """\
[Unit]
Description=shop relay, release %i
AssertPathExists=/srv/shop/releases/%i/release.json

[Service]
User=shop
Group=shop
Slice=celeriac-shop.slice
WorkingDirectory=/srv/shop/releases/%i/app
EnvironmentFile=/etc/celeriac/shop/relay-shop/environment
Environment=CELERIAC_RUNTIME=/srv/shop/releases/%i/celeriac.json
Environment=CELERIAC_RELEASE=%i
LoadCredential=BROKER_URL:/etc/celeriac/shop/relay-shop/credentials/BROKER_URL
LoadCredential=DATABASE_URL:/etc/celeriac/shop/relay-shop/credentials/DATABASE_URL
LoadCredential=SECRET_KEY:/etc/celeriac/shop/relay-shop/credentials/SECRET_KEY
ExecStart=
ExecStart=/srv/shop/releases/%i/venv/bin/python -m celeriac.worker.launcher --ready self -- \
python manage.py relay
MemoryMax=256M
Nice=0
TimeoutStartSec=90
TimeoutStopSec=30
"""


def files(changes: dict[str, Any]) -> dict[str, str]:
    """Return path to content of every file on every host."""
    description = Description.model_validate(changed(SHOP, changes))
    return {
        file["path"]: file["content"]
        for host in processes.by_host(description, WHERE).values()
        for process in host["processes"]
        for file in process["files"]
    }


def drop_in(unit: str, **changes: Any) -> str:
    named = {path.replace("__", "/"): value for path, value in changes.items()}
    return files(named)[f"/etc/systemd/system/{unit}@.service.d/celeriac.conf"]


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("celery-shop-mail-1", WORKER),
        ("web-shop", WEB),
        ("beat-shop", BEAT),
        ("relay-shop", RELAY),
    ],
)
def test_drop_in(unit: str, text: str) -> None:
    assert drop_in(unit) == text


OURS = "celeriac.scheduling.scheduler:DatabaseScheduler"
LINES: list[tuple[str, dict[str, Any], str]] = [
    ("celery-shop-mail-1", {"pools/mail/nice": -5}, "Nice=-5"),
    ("celery-shop-mail-1", {"pools/mail/time_limit": 90}, "TimeoutStopSec=120"),
    ("celery-shop-mail-1", {"pools/mail/time_limit": 90}, " --time-limit=90 "),
    ("celery-shop-mail-1", {"pools/mail/soft_time_limit": 60}, " --soft-time-limit=60 "),
    ("celery-shop-mail-1", {"pools/mail/max_tasks_per_child": 9}, " --max-tasks-per-child=9 "),
    ("celery-shop-mail-1", {"pools/mail/class": "threads"}, " --pool=threads "),
    ("celery-shop-mail-1", {"pools/mail/prefetch": 4}, " --prefetch-multiplier=4 "),
    ("celery-shop-mail-1", {"pools/mail/queues": ["mail", "bulk"]}, " --queues=mail,bulk "),
    ("celery-shop-mail-1", {"pools/mail/arguments": ["-O", "50% fair"]}, ' -O "50%% fair"\n'),
    ("celery-shop-mail-1", {"celery/command": ["python", "-m", "celery"]}, " python -m celery --"),
    ("celery-shop-mail-1", {"celery/application": "a:b"}, " --app=a:b worker "),
    ("web-shop", {"web/processes": 3, "web/threads": 4}, " --workers=3 --threads=4 "),
    ("web-shop", {"web/health/within": 300}, "TimeoutStartSec=300\n"),
    ("beat-shop", {"beat/scheduler": "a.b:C"}, " beat --loglevel=INFO --scheduler=a.b:C\n"),
    ("beat-shop", {"beat/scheduler": OURS}, "WatchdogSec=30\n"),
    ("relay-shop", {"relay": {"memory": "1G"}}, "MemoryMax=1G\n"),
    ("relay-shop", {"django/manage": ["python", "-m", "django"]}, " python -m django relay\n"),
    ("web-shop", {"web/via": "direct"}, "LoadCredential=BROKER_URL:"),
]


@pytest.mark.parametrize(("unit", "changes", "line"), LINES, ids=str)
def test_line(unit: str, changes: dict[str, Any], line: str) -> None:
    assert line in drop_in(unit, **{key.replace("/", "__"): new for key, new in changes.items()})


def test_own_scheduler_keeps_no_state() -> None:
    text = drop_in("beat-shop", beat__scheduler="a.b:C")
    assert "StateDirectory" not in text
    # It does not tell systemd that it ticks.
    assert "WatchdogSec" not in text


def test_hosted() -> None:
    """The same unit without runtime document and canary, and with a node name for each release.

    Without queues Celery consumes its default.
    """
    changes = HOSTED | {"pools/mail/queues": [], "queues": {"bulk": {}}}
    text = files(changes)["/etc/systemd/system/celery-shop-mail-1@.service.d/celeriac.conf"]
    without = "Environment=CELERIAC_RUNTIME=/srv/shop/releases/%i/celeriac.json\n"
    canary = WORKER[WORKER.index("Environment=CELERIAC_CANARY") : WORKER.index("LoadCredential")]
    hosted = WORKER.replace(without, "").replace(canary, "").replace(" --queues=mail", "")
    assert text == hosted.replace("hostname=mail-1@two", "hostname=mail-1-%i@two")


ENVIRONMENTS = [
    (
        "web-shop",
        'A="web"\nB="1"\nCELERIAC_PROCESS="web"\nDJANGO_SETTINGS_MODULE="shop.settings"\n',
    ),
    (
        "celery-shop-mail-1",
        'A="\\"{x}\\""\nB="1"\nCELERIAC_CA="/etc/celeriac/tls/ca.crt"\n'
        'CELERIAC_PROCESS="pool-mail"\nDJANGO_SETTINGS_MODULE="shop.settings"\n',
    ),
    (
        "beat-shop",
        'A="0"\nB="1"\nCELERIAC_PROCESS="beat"\nDJANGO_SETTINGS_MODULE="shop.settings"\n',
    ),
    (
        "relay-shop",
        'A="relay"\nB="1"\nCELERIAC_CA="/etc/celeriac/tls/ca.crt"\nCELERIAC_PROCESS="relay"\n'
        'DJANGO_SETTINGS_MODULE="shop.settings"\n',
    ),
]


@pytest.mark.parametrize(("unit", "text"), ENVIRONMENTS)
def test_environment_file(unit: str, text: str) -> None:
    """A process's own variables win over the common ones."""
    found = files(
        {
            "environment": {"A": "0", "B": "1"},
            "web/environment": {"A": "web"},
            "relay/environment": {"A": "relay"},
            "pools/mail/environment": {"A": '"{x}"'},
        }
    )
    assert found[f"/etc/celeriac/shop/{unit}/environment"] == text
