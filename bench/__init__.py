"""Measurements: each is a program that prints its figures, run on purpose and not by the tests."""
