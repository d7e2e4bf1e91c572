"""Loads an Ansible module of ours the way Python loads a file, to call its functions."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

MODULES = Path(__file__).resolve().parents[3] / "deploy" / "ansible" / "plugins" / "modules"


def module(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, MODULES / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    loaded = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(loaded)
    return loaded
