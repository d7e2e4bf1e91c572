#!/usr/bin/python
"""End a deploy with the reasons against it, or say what it goes on in spite of."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: celeriac_verdict
short_description: Fails with sentences, or shows them as warnings
description:
  - Changes nothing, in check mode either.
options:
  refused: {description: Why the deploy may not go on., type: list, elements: str, required: true}
  accepted: {description: What a person should know., type: list, elements: str, required: true}
  title: {description: What the reasons have in common., type: str, required: true}
  remedy: {description: What to do., type: str, required: true}
  final: {description: Why it may not whatever O(force) says., type: list, elements: str, default: []}
  unanswered:
    description: Whether somebody did not answer, so that this is a failure and no refusal.
    type: bool
    default: false
  task: {description: "In a rescue, the name of the task that failed. It is told in place of this one.", type: str}
  force: {description: Why the deploy goes on all the same; empty if it does not., type: str, default: ""}
author: [Celeriac]
"""

RETURN = r"""
refused: {description: Whether it failed because of the reasons alone., type: bool, returned: failure}
failed_task: {description: O(task)., type: str, returned: failure in a rescue}
"""


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "refused": {"type": "list", "elements": "str", "required": True},
            "accepted": {"type": "list", "elements": "str", "required": True},
            "title": {"type": "str", "required": True},
            "remedy": {"type": "str", "required": True},
            "final": {"type": "list", "elements": "str", "default": []},
            "unanswered": {"type": "bool", "default": False},
            "task": {"type": "str"},
            "force": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    params = module.params
    against = [*params["final"], *([] if params["force"] else params["refused"])]
    if against:
        module.fail_json(
            msg="\n".join(line for line in (params["title"], *against, params["remedy"]) if line),
            refused=not params["unanswered"],
            **({"failed_task": params["task"]} if params["task"] else {}),
        )
    for sentence in params["refused"]:
        module.warn(f"Forced ({params['force']}): {sentence}")
    for sentence in params["accepted"]:
        module.warn(sentence)
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()
