"""celeriac.yml: its model, how it is read, and everything that can be wrong with it."""
