"""`python -m parcels.many NUMBER` publishes so many tasks in bulk, and prints what became of them."""

import json
import sys
import time
from collections import Counter

import django


def main() -> None:
    django.setup()
    from celeriac.publishing.bulk import publish_many
    from parcels.tasks import deliver

    number = int(sys.argv[1])
    since, cpu = time.monotonic(), time.process_time()
    report = publish_many(deliver, ((each, "fragile") for each in range(number)), countdown=0)
    print(
        json.dumps(
            {
                "fates": Counter(outcome.fate.value for outcome in report.outcomes),
                "ids": list(report.task_ids),
                "seconds": time.monotonic() - since,
                "cpu": time.process_time() - cpu,
                "text": str(report),
            }
        )
    )


if __name__ == "__main__":
    main()
