#!/usr/bin/python
"""Tell which certificates a host's services have, and whom it trusts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: celeriac_certificates
short_description: Lists the certificates in a folder
description:
  - Changes nothing. Needs python3-cryptography on the host where there are any.
options:
  folder: {description: The folder., type: path, default: /etc/celeriac/tls}
author: [Celeriac]
"""

RETURN = r"""
certificates:
  description: "One for each C(<service>.crt) with a key beside it, or C(<site>.pem) with its key in it: C(service),
    C(names), C(issuer), C(ends) (day), C(days) (left), C(given) (whether a person brought it)."
  type: list
  returned: always
"""


def describe(path: Path) -> dict:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    issuer = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    ends = certificate.not_valid_after_utc
    return {
        "service": path.stem,
        "names": [str(name.value) for name in names],
        "issuer": str(issuer[0].value) if issuer else "",
        "ends": f"{ends:%Y-%m-%d}",
        "given": path.suffix == ".pem",
        "days": (ends - datetime.now(UTC)).days,
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={"folder": {"type": "path", "default": "/etc/celeriac/tls"}},
        supports_check_mode=True,
    )
    found = []
    folder = Path(module.params["folder"])
    for path in sorted([*folder.glob("*.crt"), *folder.glob("*.pem")]):
        # Without its key it is an authority to trust; HAProxy's files hold both.
        if path.suffix == ".crt" and not path.with_suffix(".key").exists():
            continue
        try:
            found.append(describe(path))
        except (OSError, ValueError, ImportError) as error:
            module.fail_json(
                msg=f"{path} cannot be read: {error}. Deploy again: it is issued anew."
            )
    module.exit_json(changed=False, certificates=found)


if __name__ == "__main__":
    main()
