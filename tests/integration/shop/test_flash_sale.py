"""The flash sale on its way from the database through a task to Redis and out again."""

import datetime

from psycopg2 import sql
from redis import Redis

from tests.integration.applications import Application
from tests.integration.shop.conftest import ADMIN_PASSWORD
from tests.integration.shop.visitor import Visitor, heading


def test_cold_cache_says_so(visitor: Visitor, empty_cache: Redis) -> None:
    answer = visitor.get("/api/flash-sale/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "has not been written" in answer.json()["detail"]
    assert visitor.get("/flash-sale/").status_code == 503


def test_seed_twice_changes_nothing(installed: Application, database) -> None:
    def rows() -> dict[str, int]:
        tables = ("accounts_user", "flash_sale_activity", "flash_sale_item")
        tables += ("django_celery_beat_periodictask", "django_celery_beat_intervalschedule")
        counts = {}
        for table in tables:
            database.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
            counts[table] = database.fetchone()[0]
        return counts

    installed.manage("operations", "seed")
    database.execute("UPDATE django_celery_beat_periodictask SET enabled = false")
    before = rows()
    printed = installed.manage("operations", "seed")
    assert rows() == before
    assert "administrator: was there" in printed
    assert "activities added: 0" in printed
    database.execute("SELECT bool_or(enabled) FROM django_celery_beat_periodictask")
    assert database.fetchone() == (False,), "a paused entry was resumed"


def test_run_now_writes_what_the_api_reads(
    installed: Application, visitor: Visitor, empty_cache: Redis, database
) -> None:
    installed.manage("operations", "seed")
    installed.worker("flash-sale").wait_ready()
    visitor.send_form("/accounts/login/", {"username": "admin", "password": ADMIN_PASSWORD})
    database.execute("SELECT id FROM django_celery_beat_periodictask WHERE name LIKE 'Write%'")
    schedule = "/admin/django_celery_beat/periodictask/"
    selected = {"action": "run_tasks", "_selected_action": database.fetchone()[0]}
    page = visitor.send_form(schedule, selected)
    task = page.text.split("Follow it")[0].rpartition('href="')[2].rstrip('">')
    shown = visitor.ended(task)
    assert (shown["state"], shown["worker"]) == ("SUCCESS", "host")
    sale = visitor.get("/api/flash-sale/").json()
    assert sale["date"] == datetime.datetime.now(datetime.UTC).date().isoformat()
    slot = sale["activities"][0]["slots"][0]
    assert (slot["from"], slot["until"]) == ("00:00", "12:00")
    assert slot["items"][0] == {
        "name": "Apricots, 1 kg",
        "price": "5.50",
        "sale_price": "3.70",
        "stock": 60,
    }
    assert heading(visitor.get("/flash-sale/")) == f"Flash sale of {sale['date']}"
    (key,) = empty_cache.keys()
    assert key == f"dailyfresh:1:flash-sale:{sale['date']}"
    assert 84_500 < empty_cache.ttl(key) <= 84_600
