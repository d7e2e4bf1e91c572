"""The proof: load, faults and books that have to balance. docs/soak.md explains it."""
