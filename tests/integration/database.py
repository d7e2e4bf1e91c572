"""An application's database with the roles that a deploy makes, and its way to it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import errors, sql

from celeriac.derive import roles, services
from celeriac.description.model import Description


@dataclass(frozen=True)
class Database:
    """Every role's password is its name. `administrator` is the URL of a superuser."""

    administrator: str
    description: Description

    @property
    def name(self) -> str:
        return self._derived["name"]

    @property
    def address(self) -> tuple[str, int]:
        place = urlsplit(self.administrator)
        assert place.hostname and place.port
        return place.hostname, place.port

    def create(self) -> None:
        """Make database and roles; the owner's tables, those to come too, are for all of them."""
        names = [role["name"] for role in self._derived["roles"]]
        owner, group = self._derived["user"], self._derived["group"]
        with self.cursor("postgres") as cursor:
            for name in (owner, *names):
                _unless_there(cursor, "CREATE ROLE {} LOGIN PASSWORD %s", name, [name])
            _unless_there(cursor, "CREATE ROLE {} NOLOGIN", group)
            for name in names:
                _run(cursor, "GRANT {} TO {}", group, name)
            _unless_there(cursor, "CREATE DATABASE {} OWNER {}", self.name, owner)
        with self.cursor() as cursor:
            for rights, things in (
                ("SELECT, INSERT, UPDATE, DELETE", "TABLES"),
                ("USAGE, SELECT, UPDATE", "SEQUENCES"),
            ):
                _run(
                    cursor,
                    "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public "
                    f"GRANT {rights} ON {things} TO {{}}",
                    owner,
                    group,
                )
            _run(cursor, "ALTER SCHEMA public OWNER TO {}", owner)

    def url(self, process: str, port: int | None = None) -> str:
        """As the process logs in, straight or through a port on this machine."""
        role = next(role for role in roles.roles(self.description) if role.process == process)
        login = services.database_login(self.description, role)
        assert login
        host = f"127.0.0.1:{port}" if port else "{}:{}".format(*self.address)
        return f"postgres://{login['user']}:{login['user']}@{host}/{self.name}"

    @contextmanager
    def cursor(self, name: str | None = None) -> Iterator[Any]:
        """As the administrator, each statement committed at once."""
        connection = psycopg2.connect(self.administrator, dbname=name or self.name)
        connection.autocommit = True
        try:
            yield connection.cursor()
        finally:
            connection.close()

    def disconnect(self) -> None:
        """Close every connection to it on the server's side."""
        self.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    @property
    def _derived(self) -> dict[str, Any]:
        found = services.database(self.description)
        assert found
        return found


def _run(cursor: Any, statement: str, *names: str, values: Any = None) -> None:
    cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)), values)


def _unless_there(cursor: Any, statement: str, *names: Any) -> None:
    values = names[-1] if isinstance(names[-1], list) else None
    with suppress(errors.DuplicateObject, errors.DuplicateDatabase):
        _run(cursor, statement, *(name for name in names if isinstance(name, str)), values=values)
