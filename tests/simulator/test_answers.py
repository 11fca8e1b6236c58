"""The platform's noes in its own words."""

import json
from pathlib import Path

import pytest

from gcanalytics.simulator import answers


def test_codes_and_texts_are_those_of_the_platforms_openapi(payloads: Path) -> None:
    listed = json.loads((payloads / "guest_error_codes_from_swagger.json").read_text(encoding="utf-8"))
    documented = {
        (code, int(status), text)
        for statuses in listed.values()
        for status, codes in statuses.items()
        for code, text in codes.items()
    }
    ours = {(code, status, text) for code, (status, text) in answers.TEXTS.items()}
    assert {code for code, _, _ in ours - documented} == {"method.not.allowed"}


@pytest.mark.parametrize(
    ("refused", "code", "text"),
    [
        (
            answers.invalid_parameter("x", "pageSize", "1 to 5"),
            "invalid.query.param.value",
            "Value [x] is not valid for parameter [pageSize]. Allowable values are: 1 to 5",
        ),
        (
            answers.invalid_property("colour", "PagingSpec"),
            "invalid.property",
            "Value [colour] is not a valid property for object [PagingSpec]",
        ),
        (
            answers.invalid_value("up", "order", "asc, desc"),
            "invalid.value",
            "Value [up] is not valid for field type [order]. Allowable values are: asc, desc",
        ),
    ],
)
def test_what_is_wrong_stands_in_the_text(refused: answers.Refusal, code: str, text: str) -> None:
    assert (refused.status, refused.code, refused.message) == (400, code, text)
