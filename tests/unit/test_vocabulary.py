"""The words of the platform."""

import pytest

from gcanalytics.api import vocabulary
from gcanalytics.errors import UnknownName


def test_words_are_found_whatever_their_case() -> None:
    assert vocabulary.check_names(
        "aggregate metric", ["toffered", "TACW", "oServiceLevel"], strict=False
    ) == [
        "toffered",
        "tAcw",
        "oServiceLevel",
    ]
    assert vocabulary.check_names("media type", "VOICE") == ["voice"]


def test_an_unknown_word_names_the_nearest_and_the_way_out() -> None:
    with pytest.raises(UnknownName, match=r"'tAbandon'.*") as wrong:
        vocabulary.check_names("aggregate metric", ["tAbandoned"])
    assert "tAbandon" in wrong.value.nearest
    assert "strict=False" in str(wrong.value)


@pytest.mark.parametrize("value", [None, 3, ["voice"]])
def test_a_word_is_a_text_even_when_not_strict(value: object) -> None:
    with pytest.raises(UnknownName):
        vocabulary.check_names("media type", [value], strict=False)  # type: ignore[list-item]


def test_a_wait_is_no_metric_of_the_details() -> None:
    assert "tWait" in vocabulary.words("aggregate metric")
    assert "tWait" not in vocabulary.words("conversation metric")


def test_the_counts_are_those_of_the_official_sdk() -> None:
    sizes = {kind: len(vocabulary.words(kind)) for kind in vocabulary.kinds()}
    assert sizes["conversation dimension"] >= 11
    assert sizes["segment dimension"] >= 80
    assert sizes["aggregate dimension"] >= 84
    assert sizes["conversation metric"] >= 88
    assert sizes["aggregate metric"] >= 82
