"""What takes time in Ansible's process and in Mitogen's, and has nothing to do with hosts.

Of 14 s for a deploy with nothing to change on 7 hosts these two were one. bench/deploy measures.
"""

from __future__ import annotations

import functools
import gc
from importlib import import_module
from typing import Any

# New objects between two looks for garbage, and how many of these until older ones are looked at.
# Python's own 700 suits programs that keep little; a run keeps all it has read.
_OBJECTS, _YOUNG, _OLD = 50_000, 20, 100


def tune() -> None:
    """To be called when the playbooks have been read, before the first process is forked."""
    gc.collect()
    # A worker lives for one task: looking through what it inherits, it would copy every page.
    gc.freeze()
    gc.set_threshold(_OBJECTS, _YOUNG, _OLD)
    _compile_once()


def _compile_once() -> None:
    """Let Mitogen compile each file once, and not once for every module that imports it.

    It compiles `ansible.module_utils.basic` and all that this needs to find out what a module
    imports, and remembers the answer for that module alone (ansible_mitogen.services).
    """
    try:
        finder: Any = import_module("ansible_mitogen.module_finder")
    except ImportError:  # without Mitogen there is nothing to speed up
        return
    finder.compile = functools.cache(compile)
