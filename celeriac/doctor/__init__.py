"""``celeriac doctor``: is this machine, and is this environment, ready to deploy?"""
