"""What a release is made of, before a build host makes it."""
