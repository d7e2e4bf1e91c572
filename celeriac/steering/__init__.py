"""Changing a running fleet without a new release: what follows from what a person asks."""
