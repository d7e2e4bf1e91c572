"""What init writes for projects as they are found, and what `celeriac check` says of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.unit.starting.projects import PARTS, ROOT, start

PROJECTS = ("dailyfresh", "minimal", "parcel", "clinic")
# The variables that no rule knows: check names them beside the inventory's placeholders.
UNKNOWN = {
    "parcel": ["environment/DEPOT_NAME"],
    "clinic": ["environment/LAB_ADDRESS"],
}


@pytest.mark.parametrize("name", PROJECTS)
def test_only_placeholders_are_left(name: str, tmp_path: Path) -> None:
    started = start(name, tmp_path)
    problems = started.problems()
    assert problems
    assert all("still to be filled in" in problem for problem in problems), problems
    outside = [one.partition(":")[0] for one in problems if "hosts.yml" not in one]
    assert outside == UNKNOWN.get(name, [])
    started.fill_in()
    assert started.problems() == []


@pytest.mark.parametrize("name", PROJECTS)
def test_every_placeholder_is_named_once(name: str, tmp_path: Path) -> None:
    started = start(name, tmp_path)
    lines = started.hosts_file.read_text().splitlines()
    left = [line for line in lines if "FILL_IN" in line.partition("#")[0]]
    assert len([one for one in started.problems() if "hosts.yml" in one]) == len(left)


def test_tls_ends_on_an_edge_or_in_front_of_it(tmp_path: Path) -> None:
    started = start("minimal", tmp_path)
    hosts = yaml.safe_load(started.hosts_file.read_text())["all"]
    assert hosts["vars"]["celeriac_edge_tls"] == {"hello": {"by": "acme", "email": "FILL_IN"}}
    assert hosts["vars"]["celeriac_sites"]["hello"]["port"] == 80
    assert hosts["vars"]["celeriac_sites"]["hello"]["url"] == "https://FILL_IN"
    assert not set(hosts["children"]["edge"]["hosts"]) & set(hosts["children"]["web"]["hosts"])
    # The other way, as its comment says it, is one that check knows.
    (other,) = re.findall(r"#   hello: (\{by: upstream.*\})", started.hosts_file.read_text())
    text = started.hosts_file.read_text().replace("{by: acme, email: FILL_IN}", other)
    started.hosts_file.write_text(text)
    started.fill_in()
    assert started.problems() == []


@pytest.mark.parametrize(
    ("left", "filled", "says"),
    [
        ("edge-1: {ansible_host: FILL_IN}", "edge-1: {ansible_host: edge}", "Write its address"),
        ("email: FILL_IN", "email: nobody", "'nobody' is not a mail address"),
        ("names: [FILL_IN]", "names: [Shop!]", "'Shop!' is not a name for the edge"),
    ],
)
def test_what_is_filled_in_wrong_is_told_beside_what_is_left(
    tmp_path: Path, left: str, filled: str, says: str
) -> None:
    started = start("minimal", tmp_path)
    started.hosts_file.write_text(started.hosts_file.read_text().replace(left, filled))
    told = [one for one in started.problems() if "still to be filled in" not in one]
    assert len(told) == 1
    assert says in told[0]


@pytest.mark.parametrize("name", PROJECTS)
def test_every_place_that_is_named_is_there(name: str, tmp_path: Path) -> None:
    started = start(name, tmp_path)
    marks = [
        line.split("guessed from ")[1].split(";")[0].split()[0]
        for line in started.text.splitlines()[2:]
        if "guessed from " in line
    ]
    assert marks
    for file, _, line in (mark.partition(":") for mark in marks):
        text = (started.folder / file.rstrip(";.")).read_text()
        assert int(line or 1) <= len(text.splitlines()), (file, line)


def test_the_reference_application_as_its_authors_describe_it(tmp_path: Path) -> None:
    theirs = yaml.safe_load((ROOT / "celeriac.yml").read_text())
    ours = start("dailyfresh", tmp_path).written
    for key in ("application", "level", "default_queue", "queues", "django", "celery", "cache"):
        assert ours[key] == theirs[key], key
    assert ours["code"]["requirements"] == theirs["code"]["requirements"]
    assert ours["web"]["command"] == theirs["web"]["command"]
    assert ours["web"]["health"]["path"] == theirs["web"]["health"]["path"]
    assert set(ours["web"]["publishes"]) == set(theirs["web"]["publishes"])
    assert ours["beat"]["scheduler"] == theirs["beat"]["scheduler"]
    assert set(ours["pools"]) == set(theirs["pools"])
    # The secret's name is free; what each variable carries is not.
    plain = {name: one for name, one in theirs["connections"].items() if "secret" not in one}
    assert plain.items() <= ours["connections"].items()


def test_the_minimal_application(tmp_path: Path) -> None:
    theirs = yaml.safe_load((PARTS["minimal"][0] / "celeriac.yml").read_text())
    started = start("minimal", tmp_path)
    ours = started.written
    assert (ours["level"], ours["queues"]) == ("hosted", theirs["queues"])
    assert [task.name for task in started.found.tasks] == ["hello.tasks.say_hello"]
    plain = {name: one for name, one in theirs["connections"].items() if "secret" not in one}
    assert plain.items() <= ours["connections"].items()
    assert "DJANGO_SECRET" in ours["connections"]
    assert "celeriac.publishing" in started.text  # what it would take to be integrated


def test_a_package_below_src(tmp_path: Path) -> None:
    started = start("parcel", tmp_path)
    ours = started.written
    assert ours["application"] == "parcel_tracker"
    assert ours["code"]["source"] == "src"
    assert ours["code"]["packages"] == [
        "celery[redis]==5.7.0",
        "django==5.2.19",
        "django-environ==0.12.0",
        "psycopg[c]==3.2.10",
        "gunicorn",
        "uvicorn-worker",
    ]
    assert ours["code"]["apt"] == {
        "build": ["gcc", "libpq-dev", "python3-dev"],
        "run": ["libpq5"],
    }
    assert ours["django"] == {
        "settings": "parcel.settings.production",
        "manage": ["python", "-m", "django"],
        "static": True,
    }
    assert ours["celery"] == {"application": "parcel.queue:worker"}
    assert ours["web"]["command"][-1] == "parcel.asgi:application"
    # One Redis was cache and broker: Celery reads its own variable.
    assert ours["connections"] == {
        "DJANGO_SECRET_KEY": "secret.django_secret_key",
        "DJANGO_ALLOWED_HOSTS": "site.names",
        "DATABASE_URL": "database.url",
        "REDIS_URL": "cache.url",
        "CARRIER_API_TOKEN": "secret.carrier_api_token",
        "CELERY_BROKER_URL": "broker.url",
    }
    assert ours["beat"]["scheduler"] == "django_celery_beat.schedulers:DatabaseScheduler"
    limits = {name: one["time_limit"] for name, one in ours["pools"].items()}
    # A stop of `tracking` waits for its longest task, which has a limit of its own.
    assert limits == {"bulk": 120, "tracking": 600, "urgent": 120}
    tasks = {name: [t.name for t in queue.tasks] for name, queue in started.found.queues.queues.items()}  # fmt: skip
    # `parcels` is the default, and no task goes there.
    assert tasks == {"bulk": ["label"], "tracking": ["parcel.tracking.tasks.poll"], "urgent": []}


def test_class_based_tasks_and_routes_in_a_mapping(tmp_path: Path) -> None:
    started = start("clinic", tmp_path)
    ours = started.written
    tasks = {name: [t.name for t in queue.tasks] for name, queue in started.found.queues.queues.items()}  # fmt: skip
    assert tasks == {
        "celery": ["cancel-visit"],
        "letters": ["visits.reminders.Remind"],
        "results": ["visits.results.fetch", "visits.results.send"],
    }
    assert ours["code"]["packages"] == [
        "Django>=5.2,<5.3",
        "celery==5.7.0",
        "psycopg2>=2.9",
        "git+https://git.example.org/forms.git@2.1#egg=forms",
        "gunicorn",
    ]
    assert ours["code"]["apt"] == {
        "build": ["gcc", "git", "libpq-dev", "python3-dev"],
        "run": ["libpq5"],
    }
    assert ours["connections"] == {
        "CLINIC_KEY": "secret.clinic_key",
        "DATABASE_URL": "database.url",
        "MAIL_SERVER": "mail.host",
        "CELERY_BROKER_URL": "broker.url",
    }
    assert ours["web"]["health"]["path"] == "/health/ready/"
    assert "scheduler" not in ours["beat"]
    assert "# remind-daily: visits.reminders.Remind\n" in started.text
    assert "# tidy: visits.tidy (not found: does a package bring it?)\n" in started.text
    # What would break there is told, with its place.
    assert "clinic/celeryconfig.py:4: the broker's URL stands there literally" in started.text
    assert "clinic/celeryconfig.py:5: quorum queues take no x-max-priority" in started.text
