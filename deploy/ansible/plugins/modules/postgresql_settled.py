#!/usr/bin/python
"""Tell why a database and its roles are not as they should be; most often there is no reason."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: postgresql_settled
short_description: Tells in one call whether a database, its roles and their rights are as they should be
description:
  - It changes nothing, and asks over two connections what the modules that create them would ask over a dozen.
  - Needs psycopg2, and to be a superuser of the server on this host, who alone can see which passwords are set.
options:
  port: {description: Port of the server., type: int, required: true}
  database: {description: Name of the database., type: str, required: true}
  owner: {description: Its owner., type: str, required: true}
  passwords: {description: Role that logs in to its password., type: dict, required: true}
  group: {description: Role without login that has all other roles as members; null for none., type: str}
  rights:
    description: What the group may do with the owner's things in a schema, those to come included.
    type: list
    elements: dict
    default: []
    suboptions:
      type: {description: What kind of rights., choices: [table, sequence, default_privs], type: str, required: true}
      schema: {description: The schema., type: str, required: true}
      objects: {description: "All of a schema, or which of those to come.", type: str, required: true}
      rights: {description: "The rights, with commas between.", type: str, required: true}
author: [Celeriac]
"""

RETURN = r"""
reasons: {description: What is not as it should be., type: list, elements: str, returned: always}
server: {description: Whom it asked; C(port) and C(name) of the database., type: dict, returned: always}
"""

# By type of rights, the kinds of relations that they are for, as community.postgresql has them.
KINDS = {"table": ["r", "p", "v", "m", "f"], "sequence": ["S"]}
TO_COME = {"TABLES": "r", "SEQUENCES": "S"}

ROLES = """
SELECT rolname, rolcanlogin, rolsuper OR rolcreatedb OR rolcreaterole, coalesce(rolpassword, '')
FROM pg_authid WHERE rolname = ANY(%s)
"""
DATABASE = """
SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding) FROM pg_database WHERE datname = %s
"""
MEMBERS = """
SELECT m.rolname FROM pg_auth_members
JOIN pg_authid AS g ON g.oid = roleid JOIN pg_authid AS m ON m.oid = member WHERE g.rolname = %s
"""
# Relations where the group lacks one of the rights, by what was granted to itself.
LACKING = """
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = to_regnamespace(quote_ident(%s)) AND c.relkind = ANY(%s)
AND NOT %s::text[] <@ ARRAY(
  SELECT x.privilege_type::text FROM aclexplode(c.relacl) AS x WHERE pg_get_userbyid(x.grantee) = %s)
ORDER BY 1
"""
TO_COME_GRANTED = """
SELECT x.privilege_type FROM pg_default_acl AS d, aclexplode(d.defaclacl) AS x
WHERE pg_get_userbyid(d.defaclrole) = %s AND d.defaclnamespace = to_regnamespace(quote_ident(%s))
AND d.defaclobjtype = %s AND pg_get_userbyid(x.grantee) = %s
"""

Ask = Callable[..., list[tuple]]


def has_password(stored: str, password: str) -> bool:
    """Whether what PostgreSQL stores of a password (RFC 5803) is this one's."""
    try:
        method, measure, keys = stored.split("$")
        rounds, salt = measure.split(":")
        held = base64.b64decode(keys.split(":")[0])
    except ValueError:  # another way of storing it, or none
        return False
    if method != "SCRAM-SHA-256":
        return False
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
    client = hmac.digest(salted, b"Client Key", "sha256")
    return hmac.compare_digest(hashlib.sha256(client).digest(), held)


def of_roles(ask: Ask, params: dict) -> list[str]:
    passwords, group = params["passwords"], params["group"]
    wanted = [*passwords, *([group] if group else [])]
    there = {name: held for name, *held in ask(ROLES, wanted)}
    found = []
    for name in wanted:
        login, more, stored = there.get(name, (None, None, ""))
        if login is None:
            found.append(f"{name} is not there")
        elif login is (name == group) or more:
            found.append(f"{name} may do something else")
        elif name != group and not has_password(stored, passwords[name]):
            found.append(f"{name} has another password")
    return found


def of_database(ask: Ask, params: dict) -> list[str]:
    rows = ask(DATABASE, params["database"])
    if rows != [(params["owner"], "UTF8")]:
        return [f"{params['database']} is not there, not {params['owner']}'s or not in UTF-8"]
    if not params["group"]:
        return []
    members = {name for (name,) in ask(MEMBERS, params["group"])}
    meant = params["passwords"].keys() - {params["owner"]}
    return [] if members == meant else [f"{params['group']} has other members"]


def of_rights(ask: Ask, params: dict) -> list[str]:
    """What the group lacks in the database, to whose tables ``ask`` is connected."""
    found = []
    for one in params["rights"] if params["group"] else []:
        rights, schema = one["rights"].split(","), one["schema"]
        if one["type"] == "default_privs":
            kind = TO_COME[one["objects"]]
            rows = ask(TO_COME_GRANTED, params["owner"], schema, kind, params["group"])
            if not set(rights) <= {name for (name,) in rows}:
                found.append(f"{params['group']} lacks rights to come: {one['objects']}")
        else:
            rows = ask(LACKING, schema, KINDS[one["type"]], rights, params["group"])
            found += [f"{params['group']} lacks rights: {name}" for (name,) in rows]
    return found


def reasons(connect: Callable[[str], object], params: dict) -> list[str]:
    """Return why there is something to do; ``connect`` takes the name of a database."""

    def asked(database: str, *looks: Callable[[Ask, dict], list[str]]) -> list[str]:
        connection = connect(database)
        try:
            with connection.cursor() as cursor:

                def ask(statement: str, *values: object) -> list[tuple]:
                    cursor.execute(statement, values)
                    return cursor.fetchall()

                return [reason for look in looks for reason in look(ask, params)]
        finally:
            connection.close()

    return asked("postgres", of_roles, of_database) or asked(params["database"], of_rights)


def main() -> None:
    text = {"type": "str", "required": True}
    rights = {"type": text | {"choices": [*KINDS, "default_privs"]}}
    rights |= dict.fromkeys(("schema", "objects", "rights"), text)
    module = AnsibleModule(
        argument_spec={
            "port": {"type": "int", "required": True},
            "database": text,
            "owner": text,
            "passwords": {"type": "dict", "required": True, "no_log": True},
            "group": {"type": "str"},
            "rights": {"type": "list", "elements": "dict", "options": rights, "default": []},
        },
        supports_check_mode=True,
    )
    import psycopg2

    port = module.params["port"]
    try:
        found = reasons(lambda name: psycopg2.connect(dbname=name, port=port), module.params)
    except psycopg2.Error as error:
        module.fail_json(msg=f"PostgreSQL at port {port} could not be asked: {error}")
    server = {"port": port, "name": module.params["database"]}
    module.exit_json(changed=False, reasons=found, server=server)


if __name__ == "__main__":
    main()
