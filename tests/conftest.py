"""What tests of several folders need, and which of them run one after the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deployed import Deployed, from_nothing

TESTS = Path(__file__).parent


# Before pytest-xdist's own, which reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep together what shares something that is made once: pytest-xdist then runs it in one process.

    There is one lab. Integration tests share services and applications by folder, or by file.
    """
    for item in items:
        kind, *path = item.path.relative_to(TESTS).parts
        if kind in ("lab", "browser"):
            item.add_marker(pytest.mark.xdist_group("lab"))
        elif kind == "integration":
            item.add_marker(pytest.mark.xdist_group(path[0]))


@pytest.fixture(scope="session")
def deployed() -> Deployed:
    """The reference application in the lab; every test leaves it running as it found it."""
    return from_nothing()
