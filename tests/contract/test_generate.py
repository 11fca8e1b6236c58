"""The generated files are what the SDK gives that they name, and the reader of the SDK reads it right."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gcanalytics import settings

from . import generate, requests, words
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
