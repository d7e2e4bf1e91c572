#!/usr/bin/python
"""Tell whether a service's certificate will do, and put a new one with its key in place."""

from __future__ import annotations

import ipaddress
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: celeriac_certificate
short_description: Looks whether a certificate has to be issued anew, and puts it in place with its key
description:
  - Without O(certificate) it looks, and RV(reason) says why a new one is needed. Check mode then reports a change.
  - With O(certificate) it puts that one in place, together with the key in RV(next_key) that was made for it.
  - Needs python3-cryptography on the host.
options:
  folder: {description: Where key and certificate stand., type: path, required: true}
  name: {description: "Their name: C(<name>.key) and C(<name>.crt).", type: str, required: true}
  names: {description: Host names and addresses that clients use., type: list, elements: str, required: true}
  authority: {description: Certificate of the authority that should have issued it (PEM)., type: str, required: true}
  renew_days: {description: With fewer days left a new one is needed., type: int, default: 30}
  renew: {description: Whether a new one is needed in any case., type: bool, default: false}
  certificate: {description: A new certificate (PEM)., type: str}
  owner: {description: Owner of the key., type: str, required: true}
  group: {description: Group of the key., type: str, required: true}
author: [Celeriac]
"""

RETURN = r"""
reason: {description: Why a new certificate is needed; empty if none is., type: str, returned: always}
written: {description: "Paths that were, or in check mode would be, written.", type: list, returned: always}
next_key: {description: Where the key of the next certificate belongs., type: str, returned: always}
subject_alt_name: {description: The names as a request writes them., type: list, returned: always}
"""

KEY_MODE, CERTIFICATE_MODE = 0o600, 0o644


def alternative_name(name: str) -> str:
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def names_in(certificate) -> set[str]:
    from cryptography import x509

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {
        *(f"DNS:{name}" for name in found.get_values_for_type(x509.DNSName)),
        *(f"IP:{address}" for address in found.get_values_for_type(x509.IPAddress)),
    }


def why_not(params: dict, key: Path, certificate: Path) -> str:
    """Return why the certificate that is there will not do; empty if it will."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not (key.exists() and certificate.exists()):
        return "there is none yet"
    try:
        held = x509.load_pem_x509_certificate(certificate.read_bytes())
        own = load_pem_private_key(key.read_bytes(), None).public_key()
    except (ValueError, TypeError) as error:
        return f"it cannot be read: {error}"
    if held.public_key() != own:
        return "it belongs to another key"
    try:
        held.verify_directly_issued_by(x509.load_pem_x509_certificate(params["authority"].encode()))
    except (ValueError, TypeError, InvalidSignature):
        return "another authority issued it"
    if names_in(held) != {alternative_name(name) for name in params["names"]}:
        return "it is for other names"
    left = (held.not_valid_after_utc - datetime.now(UTC)).days
    if left < params["renew_days"]:
        return f"{left} days left"
    return "asked for" if params["renew"] else ""


def write(path: Path, content: bytes) -> None:
    """Replace the file in one step."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".celeriac-")
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    Path(name).chmod(CERTIFICATE_MODE)
    Path(name).replace(path)


def owned(path: Path, params: dict) -> bool:
    """Whether the key is its owner's, and nobody else may read it."""
    status = path.stat()
    return (
        path.owner() == params["owner"]
        and path.group() == params["group"]
        and status.st_mode & 0o7777 == KEY_MODE
    )


def give(path: Path, params: dict) -> None:
    shutil.chown(path, params["owner"], params["group"])
    path.chmod(KEY_MODE)


def apply(params: dict, check_mode: bool) -> dict:
    folder = Path(params["folder"])
    key, certificate = folder / f"{params['name']}.key", folder / f"{params['name']}.crt"
    next_key = folder / f".{params['name']}.next.key"
    written: list[Path] = []
    reason = ""
    if params["certificate"]:
        # One right after the other: a service that starts in between would not find a pair.
        give(next_key, params)
        next_key.replace(key)
        write(certificate, params["certificate"].encode())
        written = [key, certificate]
    elif reason := why_not(params, key, certificate):
        written = [key, certificate]
    elif not owned(key, params):
        written = [key]
        if not check_mode:
            give(key, params)
    return {
        "changed": bool(written) and (check_mode or not reason),
        "reason": reason,
        "written": [str(path) for path in written],
        "next_key": str(next_key),
        "subject_alt_name": sorted(alternative_name(name) for name in params["names"]),
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "folder": {"type": "path", "required": True},
            "name": {"type": "str", "required": True},
            "names": {"type": "list", "elements": "str", "required": True},
            "authority": {"type": "str", "required": True},
            "renew_days": {"type": "int", "default": 30},
            "renew": {"type": "bool", "default": False},
            "certificate": {"type": "str"},
            "owner": {"type": "str", "required": True},
            "group": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**apply(module.params, module.check_mode))
    except LookupError as error:
        module.fail_json(msg=f"no such user or group on this host: {error}")
    except OSError as error:
        module.fail_json(
            msg=f"{error.filename or 'a file'}: {error.strerror}. Correct it and deploy again."
        )


if __name__ == "__main__":
    main()
