"""What the roles say of their variables is what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).parents[2] / "deploy" / "ansible" / "roles"
NAMES = sorted(role.name for role in ROLES.iterdir())


def read(role: str, path: str) -> dict[str, Any]:
    file = ROLES / role / path
    return yaml.safe_load(file.read_text()) or {} if file.exists() else {}


def options(role: str) -> dict[str, dict[str, Any]]:
    points = read(role, "meta/argument_specs.yml")["argument_specs"]
    return {
        name: option
        for point in points.values()
        for name, option in point.get("options", {}).items()
    }


@pytest.mark.parametrize("role", NAMES)
def test_defaults_and_argument_specs_agree(role: str) -> None:
    described = {
        name: option["default"] for name, option in options(role).items() if "default" in option
    }
    assert described == read(role, "defaults/main.yml")


@pytest.mark.parametrize("role", NAMES)
def test_an_option_is_required_or_has_a_default_and_bears_its_roles_name(role: str) -> None:
    for name, option in options(role).items():
        assert option.get("required", False) != ("default" in option), name
        assert name.startswith(f"{role}_"), name
        assert option["description"], name


@pytest.mark.parametrize("role", NAMES)
def test_internal_variables_bear_two_underscores(role: str) -> None:
    for name in read(role, "vars/main.yml"):
        assert name.startswith(f"__{role}_"), name
