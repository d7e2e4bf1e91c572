"""The vault: generated once, completed later, never half-written, clear when it does not open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.constants import DEFAULT_VAULT_IDENTITY
from ansible.parsing.vault import VaultEditor, VaultLib, VaultSecret
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from celeriac.description.problems import InputError
from celeriac.vault import ENVIRONMENT_SECRETS, Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault("test", tmp_path / "all" / "vault.yml", tmp_path / ".vault-password")


def test_missing_secrets_are_generated_and_known_ones_kept(vault: Vault) -> None:
    first = vault.complete("shop", ["broker.web"])
    kept = vault.read()["applications"]["shop"]["broker.web"]
    assert first == [
        *(f"environment/{name}" for name in ENVIRONMENT_SECRETS),
        "applications/shop/broker.web",
    ]
    assert vault.complete("shop", ["broker.web", "broker.beat"]) == [
        "applications/shop/broker.beat"
    ]
    assert vault.read()["applications"]["shop"]["broker.web"] == kept
    assert vault.complete("shop", ["broker.web"]) == []


def test_the_authority_is_a_pair_and_is_kept(vault: Vault) -> None:
    vault.complete("shop", [])
    made = vault.environment_secrets()
    key = load_pem_private_key(made["ca_key"].encode(), None)
    certificate = load_pem_x509_certificate(made["ca_certificate"].encode())
    assert certificate.public_key() == key.public_key()
    vault.complete("blog", ["broker.web"])
    assert vault.environment_secrets() == made


def test_half_an_authority_is_replaced_whole(vault: Vault) -> None:
    vault.complete("shop", [])
    made = vault.environment_secrets()
    vault.replace_environment_secrets({**made, "ca_key": ""})
    assert vault.complete("shop", []) == ["environment/ca_key"]
    remade = vault.environment_secrets()
    assert remade["ca_certificate"] != made["ca_certificate"]
    assert remade["erlang_cookie"] == made["erlang_cookie"]


def test_secrets_that_others_chose_are_not_made(vault: Vault) -> None:
    vault.complete("shop", ["broker.web"])
    given = ["environment/broker_password", "applications/shop/cache.password"]
    assert vault.absent(given) == given
    assert vault.absent(["environment/erlang_cookie", "applications/shop/broker.web"]) == []


def test_applications_have_secrets_of_their_own(vault: Vault) -> None:
    vault.complete("shop", ["broker.web"])
    vault.complete("blog", ["broker.web"])
    held = vault.read()["applications"]
    assert held["shop"]["broker.web"] != held["blog"]["broker.web"]


def test_the_file_is_encrypted_and_private(vault: Vault) -> None:
    vault.complete("shop", ["broker.web"])
    secret = vault.read()["applications"]["shop"]["broker.web"]
    assert vault.path.read_text().startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    assert secret not in vault.path.read_text()
    assert vault.path.stat().st_mode & 0o777 == 0o600
    assert vault.password_file.stat().st_mode & 0o777 == 0o600


def rewrite(vault: Vault, change: Callable[[dict[str, Any]], None]) -> None:
    """Edit the file with what `ansible-vault` itself decrypts and encrypts with."""
    secret = VaultSecret(vault.password_file.read_bytes().strip())
    editor = VaultEditor(VaultLib([(DEFAULT_VAULT_IDENTITY, secret)]))
    editor.decrypt_file(str(vault.path))
    variables = yaml.safe_load(vault.path.read_text())
    change(variables)
    vault.path.write_text(yaml.safe_dump(variables))
    editor.encrypt_file(str(vault.path), secret)


def test_other_variables_of_the_file_stay(vault: Vault) -> None:
    vault.complete("shop", ["broker.web"])
    rewrite(vault, lambda variables: variables.update(ansible_become_password="pass: word"))
    vault.complete("shop", ["broker.web", "broker.beat"])
    kept: list[Any] = []
    rewrite(vault, lambda variables: kept.append(variables["ansible_become_password"]))
    assert kept == ["pass: word"]


def test_an_empty_secret_is_missing_and_replaced(vault: Vault) -> None:
    vault.complete("shop", ["broker.web"])
    own = "applications/shop/broker.web"
    rewrite(
        vault,
        lambda variables: variables["celeriac_secrets"]["applications"].update(
            shop={"broker.web": ""}
        ),
    )
    assert vault.missing("shop", ["broker.web"]) == [own]
    assert vault.complete("shop", ["broker.web"]) == [own]
    assert vault.read()["applications"]["shop"]["broker.web"]


def wrong_password(vault: Vault) -> None:
    vault.password_file.write_text("wrong")


def no_password(vault: Vault) -> None:
    vault.password_file.unlink()


def empty_password(vault: Vault) -> None:
    vault.password_file.write_text("\n")


def plain_file(vault: Vault) -> None:
    vault.path.write_text("celeriac_secrets: {}\n")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            wrong_password,
            r"vault\.yml: the password in .*\.vault-password does not open it\. Put the right one",
        ),
        (
            no_password,
            r"vault\.yml: its password file .*: No such file or directory\. Put the password there",
        ),
        (empty_password, r"vault\.yml: its password file .* is empty\. Put the password there"),
        (plain_file, r"vault\.yml: not encrypted\. Run `ansible-vault encrypt`"),
    ],
)
def test_a_vault_that_does_not_open_says_why(vault: Vault, damage, message: str) -> None:
    vault.complete("shop", ["broker.web"])
    before = vault.path.read_text()
    damage(vault)
    with pytest.raises(InputError, match=message):
        vault.complete("shop", ["broker.web", "broker.beat"])
    assert damage is plain_file or vault.path.read_text() == before
