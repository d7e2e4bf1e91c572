"""An image's tag stands for what it was made from."""

import pytest

from deploy.lab.image import digest

FILES = {"Dockerfile": b"FROM base", "start": b"#!/bin/sh"}


def test_the_order_of_files_says_nothing():
    assert digest("sha256:1", FILES) == digest("sha256:1", dict(reversed(FILES.items())))


@pytest.mark.parametrize(
    ("base", "files"),
    [
        ("sha256:2", FILES),
        ("sha256:1", FILES | {"start": b"#!/bin/bash"}),
        ("sha256:1", FILES | {"more": b""}),
        ("sha256:1", {"Dockerfile": b"FROM base", "stop": b"#!/bin/sh"}),
    ],
)
def test_every_input_changes_the_tag(base, files):
    assert digest(base, files) != digest("sha256:1", FILES)
