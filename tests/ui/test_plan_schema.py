"""docs/plan.schema.json and Plan.to_json() say the same."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from migrate_dhi.migration.plan import SCHEMA_MANY
from tests.ui import plans

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "plan.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
BUILT = {
    "ready": plans.ready(),
    "blocked": plans.blocked(),
    "nothing to do": plans.nothing_to_do(),
    "every image status": plans.with_every_image_status(),
}


def as_read(plan):
    return json.loads(json.dumps(plan.to_json()))


def test_the_schema_itself_is_valid():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("plan", BUILT.values(), ids=BUILT)
def test_a_plan_is_valid(plan):
    VALIDATOR.validate(as_read(plan))


def test_several_plans_are_valid():
    VALIDATOR.validate({"schema": SCHEMA_MANY, "plans": [as_read(plan) for plan in BUILT.values()]})


def objects_of(schema):
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects_of(value)


def test_every_object_names_all_its_keys_and_allows_no_other():
    found = list(objects_of(SCHEMA))

    assert len(found) > 10
    assert all(schema["additionalProperties"] is False for schema in found)
    assert all(sorted(schema["required"]) == sorted(schema["properties"]) for schema in found)


def change(path, value):
    data = as_read(plans.ready())
    at = data
    for key in path[:-1]:
        at = at[key]
    if value is KeyError:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("status",), "done"),
        (("branch",), None),
        (("chart", "path"), ""),
        (("catalog", "date"), "yesterday"),
        (("images", 0, "status"), "unknown"),
        (("images", 0, "after"), None),
        (("images", 0, "status"), "kept"),
        (("images", 0, "facts", "end_of_life"), ""),
        (("images", 0, "used_by", 0, "role"), "sidecar"),
        (("steps", 0, "status"), "not needed"),
        (("steps", 0, "commit"), None),
        (("steps", 0, "diff"), ""),
        (("steps", 0, "edits", 0, "line"), 0),
        (("steps", 0, "edits"), []),
        (("steps", 0, "commit", "trailers", "DHI-Step"), "registry"),
        (("steps",), []),
        (("findings", 0, "severity"), "fatal"),
        (("findings", 1, "line"), 0),
        (("new",), 1),
        (("renders",), KeyError),
    ],
)
def test_what_breaks_the_contract_is_refused(path, value):
    with pytest.raises(ValidationError):
        VALIDATOR.validate(change(path, value))


def test_values_may_be_of_any_type():
    data = deepcopy(as_read(plans.ready()))
    for value in (None, True, 1, 1.5, "x", [{"name": "dhi"}], {"a": None}):
        data["steps"][0]["effects"][0]["before"] = value
        data["steps"][0]["edits"][0]["after"] = value

        VALIDATOR.validate(data)
