"""Releases under load, good and bad ones, that nobody may notice. docs/rollouts.md explains it."""
