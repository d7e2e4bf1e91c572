"""A running fleet: what its hosts are asked, and what the answers mean."""
