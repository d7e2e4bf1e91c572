"""How many workers each host gets."""

from __future__ import annotations

import pytest

from celeriac.steering.spread import spread


@pytest.mark.parametrize(
    ("total", "now", "each"),
    [
        (3, {}, [1, 1, 1]),
        (4, {}, [2, 1, 1]),
        (2, {}, [1, 1, 0]),
        # Those that have more keep it.
        (4, {"c": 2, "a": 1}, [1, 1, 2]),
        (1, {"b": 1}, [0, 1, 0]),
        (2, {"c": 1}, [1, 0, 1]),
        # But never two more than another.
        (3, {"b": 3}, [1, 1, 1]),
        (7, {"b": 9}, [2, 3, 2]),
    ],
)
def test_spread(total: int, now: dict[str, int], each: list[int]) -> None:
    assert spread(total, ["a", "b", "c"], now) == dict(zip("abc", each, strict=True))
