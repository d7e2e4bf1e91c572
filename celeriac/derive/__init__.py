"""Description and inventory in, artefacts out: pure functions, one builder a file."""
