"""Loads a module or filter of ours the way Python loads a file, to call its functions."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

import ansible.module_utils

PLUGINS = Path(__file__).resolve().parents[3] / "deploy" / "ansible" / "plugins"
# Where Ansible finds what our modules share, and so do the tests.
ansible.module_utils.__path__.append(str(PLUGINS / "module_utils"))


def module(name: str) -> ModuleType:
    return _load(PLUGINS / "modules" / f"{name}.py")


def filters(name: str) -> ModuleType:
    return _load(PLUGINS / "filter" / f"{name}.py")


def shared(name: str) -> ModuleType:
    """Return what modules of ours import themselves."""
    return importlib.import_module(f"ansible.module_utils.{name}")


def _load(file: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(file.stem, file)
    assert specification is not None
    assert specification.loader is not None
    loaded = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(loaded)
    return loaded
