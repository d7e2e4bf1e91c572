"""The command line: one command a file, thin over the other packages."""
