"""The OpenAPI document holds: whatever is asked by it is answered by it, and never with a fault of the server."""

from collections import defaultdict
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from pipelines.access.keys import KeyStore
from tests.conftest import needs
from tests.portal.conftest import copy_of
from tests.portal.web.conftest import asked

EXAMPLES = {"positive": 10, "negative": 5}
"""Of each operation with parameters: what the document allows, and what it does not."""
WITHOUT_PARAMETERS = 2
PAPER = "PC9005E1a"


@pytest.fixture(scope="module")
def described(papers_home, tmp_path_factory):
    """The application of a home with a key, and the headers of that key."""
    home = copy_of(papers_home, tmp_path_factory.mktemp("described") / "home")
    headers = {"Authorization": f"Bearer {KeyStore(home).add('tester', 'admin', None).secret}", "Host": "127.0.0.1"}
    with asked(home, requests_per_minute=100_000) as client:
        client.headers.update(headers)
        yield client, headers


def test_every_operation_has_a_schema_for_its_answer_and_its_refusals(portal):
    document = portal.get("/api/openapi.json").json()
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in operations.values():
            assert operation["security"]
            for status, answer in operation["responses"].items():
                schemas = [one["schema"] for one in answer["content"].values()]
                assert all(schemas), (path, status)
                if status[0] in "45d":
                    assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_every_shape_has_a_name_of_its_own(portal):
    names = portal.get("/api/openapi.json").json()["components"]["schemas"]
    assert [name for name in names if "__" in name] == []
    assert {"TagJudgement", "TermLabel", "Context", "TermContext"} <= names.keys()


@pytest.mark.slow
@pytest.mark.parametrize("mode", EXAMPLES)
def test_whatever_is_asked_is_answered_as_the_document_says(described, mode):
    needs("schemathesis")
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    client, headers = described
    passage = client.get(f"/api/v1/documents/{PAPER}?full=true").json()["passages"][10]
    known = {
        "document_id": PAPER,
        "passage_id": passage["id"],
        "run_id": "last",
        "code": "SG",
        "body": "ptc",
        "name": "key:tester/mine",
    }
    client.post("/briefings", data={"act": "begin", "name": "mine"})  # once for both modes
    said = {
        "POST /api/v1/labels": {"action": "set", "ids": [passage["id"]], "theme": "single-window"},
        "POST /api/v1/quotes/verify": {"text": passage["text"], "citation": PAPER},
        "POST /api/v1/corrections": {"documents": [PAPER], "values": {"title": "Single window"}},
    }
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", client.app, headers=headers)
    wanted = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
    ]
    codes = defaultdict(set)

    def check(case, label, number):
        if number % 2:  # what is made up names nothing that is there
            case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
            if mode == "positive" and isinstance(case.body, dict):
                case.body = said[label]
            if mode == "positive" and case.path_parameters:
                case.query = {}
        response = case.call(headers=headers)
        codes[label].add(int(response.status_code))
        case.validate_response(response, checks=wanted)

    for found in schema.get_all_operations():
        try_out(found.ok(), schemathesis.GenerationMode(mode), check)
    if mode == "positive":
        assert [label for label, seen in codes.items() if not seen & {200, 201}] == []


def try_out(operation, mode, check):
    """Try some requests to an operation; `check` gets each with its number."""
    has_parameters = any(map(len, (operation.query, operation.path_parameters, operation.body)))
    numbers = count()

    @given(operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES[mode.value] if has_parameters else WITHOUT_PARAMETERS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answered(case):
        check(case, operation.label, next(numbers))

    answered()
