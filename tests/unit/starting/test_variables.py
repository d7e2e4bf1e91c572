"""Which connection a variable carries: what the settings say, and what is guessed from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from celeriac.starting.connections import guess
from celeriac.starting.tree import Tree
from celeriac.starting.variables import read_in

READER = "import os\n\n\ndef need(name):\n    return os.environ[name]\n"
OS = "import os\n"
ENVIRON = "import environ\nenv = environ.Env(SHELF=(int, 3))\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'{OS}SECRET_KEY = os.environ["A"]', {"A": "secret.a"}),
        (f'{OS}SECRET_KEY = os.environ.get("A", "x")', {"A": "secret.a"}),
        (f'{OS}ALLOWED_HOSTS = os.getenv("A", "").split(",")', {"A": "site.names"}),
        ('from os import environ as e\nBROKER_URL = e["A"]', {"A": "broker.url"}),
        (f'{OS}app = Celery("x", broker=os.environ["A"])', {"A": "broker.url"}),
        (f'{OS}DATABASES = {{"default": dict(NAME=os.environ["A"])}}', {"A": "database.name"}),
        (f'{OS}DATABASES = {{}}\nDATABASES["default"] = x(os.environ["A"])', {"A": "database.url"}),
        (f'{OS}DATABASES = {{"old": {{"HOST": os.environ["A"]}}}}', {}),
        (f'{OS}if True:\n    EMAIL_PORT = int(os.environ["A"])', {"A": "mail.port"}),
        # Broker and cache at once: Celery reads a variable of its own.
        (f'{OS}BROKER_URL = os.environ["A"]\nCACHES = os.environ["A"]', {"A": "cache.url"}),
        (f'{OS}x = os.environ["POSTGRES_PASSWORD"]', {"POSTGRES_PASSWORD": "database.password"}),
        (f'{OS}x = os.environ["STRIPE_API_KEY"]', {"STRIPE_API_KEY": "secret.stripe_api_key"}),
        (f'{OS}x = os.environ.get("STRIPE_API_KEY")', {}),
        (f'{OS}CELERY_RESULT_BACKEND = os.environ["A"]', {"A": "cache.url"}),
        (f'{OS}CELERY_RESULT_BACKEND = os.getenv("A", "django-db")', {}),
        (f'{OS}x = os.environ["DJANGO_SETTINGS_MODULE"]', {}),
        (f'{OS}x = os.environ["lower"] + os.environ[name]', {}),
        (f"{ENVIRON}DATABASES = {{'default': env.db_url('A')}}", {"A": "database.url"}),
        (f"{ENVIRON}x = env.cache()", {"CACHE_URL": "cache.url"}),
        ("from decouple import config\nSECRET_KEY = config('A')", {"A": "secret.a"}),
        ("import dj_database_url as d\nx = d.config(env='A_DB_URL')", {"A_DB_URL": "database.url"}),
        # No name of a variable: nothing of it is a string.
        (f"{OS}x = os.environ.get(['A'], 1) or os.getenv()", {}),
        ("from shop.reading import need\nSITE_URL = need('A')", {"A": "site.url"}),
        ("from shop import reading\nSITE_URL = reading.need('A')", {"A": "site.url"}),
        # It reads nothing from the environment: only its argument looks like it.
        ("from shop.other import need\nSITE_URL = need('A')", {}),
    ],
)  # fmt: skip
def test_connections(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    files = {"settings.py": text, "reading.py": READER, "other.py": "def need(name): ...\n"}
    for name, content in files.items():
        (tmp_path / "shop").mkdir(exist_ok=True)
        (tmp_path / "shop" / name).write_text(content)
    tree = Tree(tmp_path)
    found = guess(read_in(tree.modules["shop.settings"], tree))
    carried = {name: expression for name, (expression, _) in found.carried.items()}
    # Where no setting carries the broker, Celery's own variable does.
    expected = {"CELERY_BROKER_URL": "broker.url"} | expected
    if "broker.url" in list(expected.values())[1:]:
        del expected["CELERY_BROKER_URL"]
    assert carried == expected


def test_required_and_not(tmp_path: Path) -> None:
    lines = [
        ENVIRON,
        "A = env('TOWN', str)",
        "B = env('SHELF')",
        "C = env.int('ROOMS', default=2)",
        "D = env.bool('DARK', False)",
    ]
    (tmp_path / "settings.py").write_text("\n".join(lines))
    tree = Tree(tmp_path)
    found = guess(read_in(tree.modules["settings"], tree))
    assert (list(found.unknown), list(found.optional)) == (["TOWN"], ["SHELF", "ROOMS", "DARK"])
