"""Makes what a task does in the database happen once, however often its message comes."""
