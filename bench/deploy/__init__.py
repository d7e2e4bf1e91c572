"""How long deploys take, beside pyinfra on the same hosts: ``python -m bench.deploy``."""
