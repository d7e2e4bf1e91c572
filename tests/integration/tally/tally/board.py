"""Lists in Redis, where tasks write what they did and where tests let them go on."""

import os
from functools import cache

from redis import Redis

PATIENCE_SECONDS = 60


@cache
def _redis() -> Redis:
    return Redis.from_url(os.environ["CACHE_URL"], decode_responses=True)


def write(key: str, text: object) -> None:
    _redis().rpush(key, str(text))


def wait(key: str) -> None:
    """Wait until the test writes to the list, and take that entry."""
    assert _redis().blpop([key], PATIENCE_SECONDS), f"nobody wrote to {key}"


def is_first(key: str) -> bool:
    """Whether nobody has asked this before."""
    return bool(_redis().set(f"{key}:asked", "1", nx=True))
