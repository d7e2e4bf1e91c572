"""The lab: the hosts of an inventory as containers that run systemd and sshd.

After ``python -m deploy.lab up`` everything is the same Ansible over SSH as in production.
"""
