"""Whether a database needs the modules that set it up, asked of a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from tests.unit.modules.loading import module

settled = module("postgresql_settled")
NAME, OWNER, GROUP, WEB, BEAT = (
    "settled",
    "settled",
    "settled-processes",
    "settled-web",
    "settled-beat",
)
TABLE, SEQUENCE = "SELECT,INSERT,UPDATE,DELETE", "USAGE,SELECT,UPDATE"
PARAMS: dict[str, Any] = {
    "database": NAME,
    "owner": OWNER,
    "passwords": {OWNER: "one", WEB: "two", BEAT: "three"},
    "group": GROUP,
    "rights": [
        {"type": "table", "schema": "public", "objects": "ALL_IN_SCHEMA", "rights": TABLE},
        {"type": "sequence", "schema": "public", "objects": "ALL_IN_SCHEMA", "rights": SEQUENCE},
        {"type": "default_privs", "schema": "public", "objects": "TABLES", "rights": TABLE},
        {"type": "default_privs", "schema": "public", "objects": "SEQUENCES", "rights": SEQUENCE},
    ],
}
TO_COME = f'ALTER DEFAULT PRIVILEGES FOR ROLE "{OWNER}" IN SCHEMA public'


class Server:
    def __init__(self, url: str) -> None:
        self._url = url

    def connect(self, name: str) -> Any:
        return psycopg2.connect(self._url, dbname=name)

    def run(self, *statements: str, name: str = NAME) -> None:
        connection = self.connect(name)
        connection.autocommit = True
        try:
            for statement in statements:
                connection.cursor().execute(statement)
        finally:
            connection.close()

    def reasons(self, **changes: Any) -> list[str]:
        found: list[str] = settled.reasons(self.connect, PARAMS | changes)
        return found


@pytest.fixture(scope="module")
def server(database_url: str) -> Iterator[Server]:
    found = Server(database_url)
    logins = [
        f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}'"
        for name, password in PARAMS["passwords"].items()
    ]
    group = [f'CREATE ROLE "{GROUP}" NOLOGIN', f'GRANT "{GROUP}" TO "{WEB}", "{BEAT}"']
    found.run(*logins, *group, name="postgres")
    assert found.reasons() == [f"{NAME} is not there, not {OWNER}'s or not in UTF-8"]
    create = f"CREATE DATABASE {NAME} OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0"
    found.run(create, name="postgres")
    assert found.reasons() == [
        f"{GROUP} lacks rights to come: TABLES",
        f"{GROUP} lacks rights to come: SEQUENCES",
    ]
    found.run(
        f'{TO_COME} GRANT {TABLE} ON TABLES TO "{GROUP}"',
        f'{TO_COME} GRANT {SEQUENCE} ON SEQUENCES TO "{GROUP}"',
        f"SET ROLE {OWNER}; CREATE TABLE public.parcel (id serial)",
    )
    yield found
    found.run(f"DROP DATABASE {NAME}", name="postgres")
    roles = ", ".join(f'"{name}"' for name in (*PARAMS["passwords"], GROUP))
    found.run(f"DROP ROLE {roles}", name="postgres")


def test_nothing_to_do(server: Server) -> None:
    assert server.reasons() == []
    assert server.reasons(group=None, rights=[]) == []


@pytest.mark.parametrize(
    ("change", "back", "reason"),
    [
        (
            "ALTER ROLE \"{WEB}\" PASSWORD 'x'",
            "ALTER ROLE \"{WEB}\" PASSWORD 'two'",
            "{WEB} has another password",
        ),
        (
            'ALTER ROLE "{WEB}" PASSWORD NULL',
            "ALTER ROLE \"{WEB}\" PASSWORD 'two'",
            "{WEB} has another password",
        ),
        ('ALTER ROLE "{WEB}" NOLOGIN', 'ALTER ROLE "{WEB}" LOGIN', "{WEB} may do something else"),
        (
            'ALTER ROLE "{WEB}" CREATEDB',
            'ALTER ROLE "{WEB}" NOCREATEDB',
            "{WEB} may do something else",
        ),
        (
            'ALTER ROLE "{GROUP}" LOGIN',
            'ALTER ROLE "{GROUP}" NOLOGIN',
            "{GROUP} may do something else",
        ),
        (
            'REVOKE "{GROUP}" FROM "{BEAT}"',
            'GRANT "{GROUP}" TO "{BEAT}"',
            "{GROUP} has other members",
        ),
        (
            'GRANT "{GROUP}" TO "{OWNER}"',
            'REVOKE "{GROUP}" FROM "{OWNER}"',
            "{GROUP} has other members",
        ),
        (
            "ALTER DATABASE {NAME} OWNER TO CURRENT_USER",
            "ALTER DATABASE {NAME} OWNER TO {OWNER}",
            "{NAME} is not there, not {OWNER}'s or not in UTF-8",
        ),
        (
            'REVOKE DELETE ON parcel FROM "{GROUP}"',
            'GRANT DELETE ON parcel TO "{GROUP}"',
            "{GROUP} lacks rights: parcel",
        ),
        # Rights that everybody has are not its own.
        (
            'GRANT USAGE ON SEQUENCE parcel_id_seq TO PUBLIC; REVOKE USAGE ON SEQUENCE parcel_id_seq FROM "{GROUP}"',
            'GRANT USAGE ON SEQUENCE parcel_id_seq TO "{GROUP}"',
            "{GROUP} lacks rights: parcel_id_seq",
        ),
        (
            '{TO_COME} REVOKE INSERT ON TABLES FROM "{GROUP}"',
            '{TO_COME} GRANT INSERT ON TABLES TO "{GROUP}"',
            "{GROUP} lacks rights to come: TABLES",
        ),
    ],
)
def test_each_difference_is_seen(server: Server, change: str, back: str, reason: str) -> None:
    names = {"NAME": NAME, "OWNER": OWNER, "GROUP": GROUP, "WEB": WEB, "BEAT": BEAT}
    names["TO_COME"] = TO_COME
    server.run(change.format(**names))
    try:
        assert server.reasons() == [reason.format(**names)]
    finally:
        server.run(back.format(**names))
    assert server.reasons() == []


def test_a_role_that_is_not_there(server: Server) -> None:
    more = PARAMS["passwords"] | {"settled-relay": "four"}
    assert server.reasons(passwords=more) == [
        "settled-relay is not there",
        f"{GROUP} has other members",
    ]
