"""How a password is kept when the request that brings it must be quick.

A hash of the strength that OWASP asks for costs 14 ms (argon2id) to 170 ms (scrypt) of
processor time here. Twenty people who register at once on two cores would wait for each
other's. So a registration keeps an interim hash of a few milliseconds, and the mail worker
wraps it in scrypt before it sends the activation link. The wrapped hash is as strong as
Django's scrypt (N=2^14, r=8, p=5: OWASP's minimum), no account is active with less, and
nobody's password is ever kept or sent. At the first login Django replaces it with plain scrypt.

The pattern is Django's own: "Password upgrading without requiring a login" in its manual.
"""

from django.contrib.auth.hashers import PBKDF2PasswordHasher, ScryptPasswordHasher


class Interim(PBKDF2PasswordHasher):
    """For accounts that wait for their activation mail."""

    algorithm = "interim_pbkdf2"
    # Part of every wrapped hash: never change it, add another pair of classes instead.
    iterations = 10_000

    def must_update(self, encoded: str) -> bool:
        return False


class ScryptOverInterim(ScryptPasswordHasher):
    """Scrypt of an interim hash, with the interim hash's salt."""

    algorithm = "scrypt_interim_pbkdf2"

    def wrap(self, interim: str) -> str:
        """Return the full-strength hash for an interim one."""
        decoded = Interim().decode(interim)
        return super().encode(decoded["hash"], decoded["salt"])

    def encode(self, password, salt, n=None, r=None, p=None):
        inner = Interim().decode(Interim().encode(password, salt))
        return super().encode(inner["hash"], salt, n, r, p)
