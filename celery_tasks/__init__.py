"""The shop's tasks, one module for each queue; celeriac.yml says which queue that is."""
