"""The generated files are what the SDK gives that they name, and the reader of the SDK reads it right."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gcanalytics import settings

from . import columns, generate, requests, surface, words
from .conftest import Changes
from .sdk import Field, Sdk


def test_every_generated_file_is_what_its_sdk_gives(pinned: Sdk) -> None:
    assert generate.differing(pinned) == []


def test_a_file_that_was_edited_by_hand_is_found(sdk: Sdk, tmp_path: Path) -> None:
    for name, rendered in generate.FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(rendered(sdk), encoding="utf-8")
    assert generate.differing(sdk, tmp_path) == []
    edited = tmp_path / words.FILE
    edited.write_text(edited.read_text(encoding="utf-8").replace("tAbandon", "tGiveUp"), encoding="utf-8")
    (tmp_path / requests.FILE).unlink()
    assert generate.differing(sdk, tmp_path) == [requests.FILE, words.FILE]


def test_the_check_is_the_drift_commands_matter_beside_another_sdk(
    doctored: Callable[[Changes], Sdk], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    newer = doctored({"configuration.py": lambda _: "SDK Package Version: 9999.0.0"})
    monkeypatch.setattr(generate, "Sdk", lambda: newer)
    assert generate.main(["--check"]) == 0
    assert "here is 9999.0.0" in capsys.readouterr().out


def grown(file: str, *values: str) -> Callable[[str], str]:
    """A change that adds values to each enum of a model that knows the first of them."""
    first, *more = (f'"{value}"' for value in values)

    def change(text: str) -> str:
        assert f"{first}, " in text, file
        return text.replace(f"{first}, ", ", ".join([first, *more, ""]))

    return change


def test_what_a_newer_sdk_has_is_taken_up_everywhere(doctored: Callable[[Changes], Sdk]) -> None:
    segment, session = "models/segment_detail_query_predicate.py", "models/analytics_session.py"
    newer = doctored(
        {
            segment: grown(segment, "queueId", "moodId"),
            session: lambda text: text.replace(
                "self.swagger_types = {", "self.swagger_types = {'mood': 'str',"
            ).replace("self.attribute_map = {", "self.attribute_map = {'mood': 'mood',"),
        }
    )
    dimension = json.loads(requests.rendered(newer))["models"]["SegmentDetailQueryPredicate"]["dimension"]
    assert "moodId" in dimension["enum"]
    assert "moodId" in json.loads(words.rendered(newer))["segment dimension"]
    sessions = json.loads(columns.rendered(newer))["sessions"]
    assert {"name": "mood", "kind": "text"} in sessions
    known = json.loads(surface.rendered(newer))["models"]
    assert known["AnalyticsSession"]["mood"] == "str"
    assert "moodId" in known["SegmentDetailQueryPredicate"]["dimension"]


def test_what_is_retired_stays(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    column = {"name": "faxTone", "kind": "text"}
    monkeypatch.setitem(words.RETIRED, "media type", ("telegraph",))
    monkeypatch.setitem(columns.RETIRED, "sessions", [column])
    assert "telegraph" in json.loads(words.rendered(sdk))["media type"]
    assert json.loads(columns.rendered(sdk))["sessions"][-1] == column


def test_a_field_has_the_jsons_name_its_values_and_its_note(pinned: Sdk) -> None:
    field = pinned.fields("ConversationQuery")["orderBy"]
    assert field.type == "str"
    assert field.enum is not None
    assert {"conversationStart", "segmentEnd"} <= set(field.enum)
    assert "outdated_sdk_version" not in field.enum
    assert field.note.startswith("Specify which data element")
    assert ":return:" not in field.note


@pytest.mark.parametrize(
    ("kind", "inner"),
    [
        ("str", "str"),
        ("list[Queue]", "Queue"),
        ("dict(str, Queue)", "Queue"),
        ("dict(str, list[Queue])", "Queue"),
        ("list[dict(str, int)]", "int"),
    ],
)
def test_the_inner_type_of_lists_and_maps(kind: str, inner: str) -> None:
    assert Field(kind).inner == inner


def test_an_endpoint_is_read_whole(pinned: Sdk) -> None:
    found = pinned.endpoints["put_notifications_channel_subscriptions"]
    assert (found.api, found.method, found.body) == ("NotificationsApi", "PUT", "list[ChannelTopic]")
    assert found.path == "/api/v2/notifications/channels/{channelId}/subscriptions"
    assert found.query == (("ignoreErrors", "bool"),)
    assert found.answer == "ChannelTopicEntityListing"
    assert pinned.endpoints["delete_notifications_channel_subscriptions"].answer is None


def test_the_regions_of_the_client_are_those_of_the_sdk(sdk: Sdk) -> None:
    assert dict(settings.REGIONS).items() <= sdk.regions.items()


def test_a_queues_observations_are_named_by_two_other_queries(pinned: Sdk) -> None:
    named = requests.values(pinned, "QueueObservationQuery", "metrics") or []
    assert {"oWaiting", "oLongestWaiting", "oUserRoutingStatuses", "oOnQueueUsers"} <= set(named)
