"""Files that nobody but their owner reads, written in one step."""

from __future__ import annotations

from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Put the content there; a reader sees the old file or the new one. Missing folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.touch(mode=0o600)
    partial.write_bytes(content)
    partial.replace(path)
