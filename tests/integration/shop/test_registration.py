"""From the form or the API to an account that can log in."""

from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from tests.integration.shop.post_office import PostOffice
from tests.integration.shop.visitor import Visitor, heading, newcomer
from tests.integration.waiting import wait_for


def test_form_mail_link_login(visitor: Visitor, post_office: PostOffice) -> None:
    who = newcomer()
    answer = visitor.send_form("/accounts/register/", who)
    assert heading(answer) == "Check your mail"
    assert not visitor.can_log_in(who)
    activated = visitor.get(post_office.link(who["email"]))
    assert (activated.status_code, heading(activated)) == (200, f"Welcome, {who['username']}")
    assert visitor.can_log_in(who | {"username": who["username"].upper()})


def test_api_answers_with_a_task_to_follow(visitor: Visitor, post_office: PostOffice) -> None:
    who = newcomer()
    answer = visitor.register(who)
    assert answer.status_code == 201
    assert answer.json()["mail"] == "queued"
    assert answer.json()["username"] == who["username"]
    assert visitor.ended(answer.json()["task"])["state"] == "SUCCESS"
    assert len(post_office.to(who["email"])) == 1


def test_password_is_kept_at_full_strength(visitor, post_office, database) -> None:
    def kept() -> str:
        database.execute("SELECT password FROM accounts_user WHERE email = %s", [who["email"]])
        return database.fetchone()[0]

    who = newcomer()
    visitor.register(who)
    link = post_office.link(who["email"])
    assert kept().startswith("scrypt_interim_pbkdf2$16384$")
    visitor.get(link)
    assert not visitor.can_log_in(who | {"password": who["password"] + "x"})
    assert visitor.can_log_in(who)
    assert kept().startswith("scrypt$16384$")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("password", "short-7", "too short"),
        ("password", "1357924680", "entirely numeric"),
        ("password", "qwertyuiop", "too common"),
        ("password", "", "required"),
        ("username", "two words", "valid username"),
        ("username", "x" * 151, "at most 150"),
        ("username", "nul\x00", "Null characters"),
        ("email", "nowhere", "valid email"),
    ],
)
def test_what_is_refused(visitor: Visitor, field: str, value: str, said: str) -> None:
    answer = visitor.register(newcomer(**{field: value}))
    assert answer.status_code == 400
    assert said in " ".join(answer.json()["errors"][field])


def test_password_like_the_name_is_refused(visitor: Visitor) -> None:
    who = newcomer()
    answer = visitor.register(who | {"password": who["username"]})
    assert "too similar to the username" in answer.json()["errors"]["password"][0]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"username": "\\ud800"}', b"\xff", b"[" * 9999]
)
def test_body_that_is_no_object(visitor: Visitor, body: bytes) -> None:
    answer = visitor.post("/api/accounts/", data=body)
    assert answer.status_code == 400
    assert "Send one JSON object" in answer.json()["errors"]["body"][0]


def test_name_is_taken_however_it_is_capitalised(visitor: Visitor) -> None:
    who = newcomer()
    assert visitor.register(who).status_code == 201
    second = visitor.register(newcomer(username=who["username"].upper()))
    assert second.status_code == 400
    assert second.json()["errors"] == {"username": ["This user name is taken."]}


def test_name_that_somebody_takes_at_the_same_moment(visitor, installed, database) -> None:
    def somebody_waits() -> bool:
        database.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return database.fetchone() is not None

    other, who = newcomer(), newcomer()
    visitor.register(other)
    rival = psycopg2.connect(installed.database.url("operations"))
    change = "UPDATE accounts_user SET username = %s WHERE email = %s"
    rival.cursor().execute(change, [who["username"], other["email"]])
    with ThreadPoolExecutor() as beside:
        answer = beside.submit(visitor.register, who)
        wait_for(somebody_waits, "the registration waits for the other one")
        rival.commit()
        assert answer.result().json() == {"errors": {"username": ["This user name is taken."]}}
    rival.close()


def test_known_address_is_told_to_its_owner_alone(visitor, post_office, database) -> None:
    who = newcomer()
    visitor.register(who)
    visitor.get(post_office.link(who["email"]))
    stranger = newcomer(email=who["email"].upper())
    answer = visitor.register(stranger)
    shown = visitor.ended(answer.json()["task"])
    as_for_a_new_one = visitor.register(newcomer())
    assert answer.status_code == as_for_a_new_one.status_code
    assert answer.json()["detail"] == as_for_a_new_one.json()["detail"]
    assert shown["result"] == visitor.ended(as_for_a_new_one.json()["task"])["result"]
    assert f"your user name is {who['username']}" in post_office.newest(who["email"], count=2)
    database.execute("SELECT 1 FROM accounts_user WHERE username = %s", [stranger["username"]])
    assert database.fetchone() is None


def test_later_registration_of_an_unproved_address_counts(visitor, post_office) -> None:
    first = newcomer()
    visitor.register(first)
    old_link = post_office.link(first["email"])
    second = newcomer(email=first["email"], password="apples-and-quinces-8")
    visitor.register(second)
    new_link = post_office.link(first["email"], count=2)
    assert heading(visitor.get(old_link)) == "This link does not work"
    assert heading(visitor.get(new_link)) == f"Welcome, {second['username']}"
    assert not Visitor(visitor.site).can_log_in(first)
    assert visitor.can_log_in(second)


def test_address_that_the_mail_server_refuses(visitor: Visitor, post_office: PostOffice) -> None:
    who = newcomer()
    post_office.refused[who["email"]] = "550 no such user"
    shown = visitor.ended(visitor.register(who).json()["task"])
    assert shown["state"] == "FAILURE"
    assert "550 no such user" in shown["error"]
