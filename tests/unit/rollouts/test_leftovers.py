"""What a run leaves behind, and that nothing older goes with it."""

from pathlib import Path
from types import SimpleNamespace

from rollouts import leftovers


def test_only_archives_of_the_run_are_removed(tmp_path: Path) -> None:
    names = [
        f"20261122T{time}-{digest}.{kind}"
        for time, digest in (("095959", "a"), ("100000", "b"), ("100500", "c"))
        for kind in ("json", "tar.zst")
    ]
    for name in names:
        (tmp_path / name).touch()
    said: list[tuple[str, ...]] = []
    place = SimpleNamespace(
        inventory=SimpleNamespace(groups={"build": ["build1"]}),
        run=lambda *words: said.append(words),
    )
    leftovers.remove(place, "20261122T100000", tmp_path)  # type: ignore[arg-type]
    assert sorted(path.name for path in tmp_path.iterdir()) == names[:2]
    ((host, *_, last),) = said
    assert host == "build1"
    assert last.startswith("/var/lib/celeriac/build/archives/ledger/20261122T100")
    leftovers.remove(place, "20261122T100000", tmp_path)  # type: ignore[arg-type]
    assert len(said) == 1
