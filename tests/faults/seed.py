"""`python -m tests.faults.seed '{"feedback": ["acme/website"]}'`: migrate, and make a survey for each form.

Run in a process with the settings of the installation that it fills. Prints the forms for
`Installation.prepare`. A form's sources are the sandbox's, `<workspace>/<source>`: the first one gets an
identify, the others a track.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django


def main(forms: dict[str, list[str]]) -> None:
    django.setup()
    from django.core.management import call_command

    from tests import factories

    call_command("migrate", verbosity=0)
    brand = factories.make_brand()
    sources: dict[str, Any] = {}
    seeded = {}
    for name, places in forms.items():
        survey = factories.make_survey(brand, name=name)
        workflow = factories.make_workflow(survey)
        tasks = [make_task(workflow, place, sources, is_first=place == places[0]) for place in places]
        seeded[name] = {"submit_key": survey.submit_key, "tasks": tasks}
    sys.stdout.write(json.dumps(seeded))


def make_task(workflow: Any, place: str, sources: dict[str, Any], is_first: bool) -> int:
    from segment.sandbox.fixtures import write_key
    from tests import factories

    if place not in sources:
        workspace, _, slug = place.partition("/")
        key = write_key(workspace, slug)
        sources[place] = factories.make_source(workflow.brand, write_key=key, slug=slug, name=slug)
    kind = (
        {"event_type": "identify"} if is_first else {"event_type": "track", "event_name": "Survey Completed"}
    )
    return int(factories.make_task(workflow, sources[place], **kind).pk)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
