"""The ledger's book-keeping and the organisation's file."""

import json
import random
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.arrivals import arrivals
from gcanalytics.simulator.business.ledger import Conversation, Event, day_of, party_ids, planned_id
from gcanalytics.simulator.business.operating_days import OperatingDays
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.business.timeline import Timeline
from gcanalytics.simulator.settings import Settings

FILE = Path(__file__).parents[3] / "data" / "organization.json"
ORGANIZATION = Organization.load()


def conversation(events: list[Event] | None = None) -> Conversation:
    return Conversation(
        ledger.random_id(),
        organization=ORGANIZATION,
        media="voice",
        started_ms=1_000,
        customer_name="x",
        address="tel:+48999000000",
        events=events or [],
    )


def test_a_planned_id_is_a_version_4_uuid_that_tells_its_day() -> None:
    source = random.Random(1)
    seen = set()
    for day in range(739_000, 739_400):
        text = planned_id(source.getrandbits(128), day)
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert (parsed.version, parsed.variant) == (4, uuid.RFC_4122)
        assert day_of(text) == day % 65_536
        seen.add(text)
    assert len(seen) == 400


@pytest.mark.parametrize("text", ["", "x" * 36, "1234", "zzzzzzzz-zzzz-4zzz-8zzz-zzzzzzzzzzzz"])
def test_what_is_no_id_tells_no_day(text: str) -> None:
    assert day_of(text) is None


def test_ids_of_a_party_stay_and_differ() -> None:
    one = ledger.random_id()
    ids = [text for party in range(5) for text in party_ids(one, party)]
    assert len(set(ids)) == 10
    assert party_ids(one, 3) == party_ids(one, 3)
    assert all(uuid.UUID(text).version == 4 for text in ids)


def test_events_until_now_are_those_up_to_and_at_it() -> None:
    each = conversation([Event(at_ms, ledger.HELD, 1) for at_ms in (1_000, 2_000, 2_000, 3_000)])
    assert [len(each.events_until(now_ms)) for now_ms in (999, 1_000, 1_999, 2_000, 3_000)] == [0, 1, 1, 3, 4]


def test_the_end_is_the_last_event_but_late_wrap_ups() -> None:
    each = conversation([Event(5_000, ledger.WRAPPED_UP, 2)])
    each.append(Event(90_000, ledger.LATE_WRAP_UP, 2))
    assert (each.closed_ms, each.settled_ms, each.parties) == (5_000, 90_000, 3)
    assert each.new_party() == 3


def test_events_of_many_threads_are_all_there_and_in_order() -> None:
    each = conversation()
    begin = threading.Barrier(4)

    def write(offset: int) -> None:
        begin.wait()
        for step in range(250):
            each.append(Event(step * 4 + offset, ledger.HELD, offset))

    threads = [threading.Thread(target=write, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [event.at_ms for event in each.events] == list(range(1_000))


# The organisation.


def test_the_demo_organisation_is_what_the_simulator_promises() -> None:
    assert ORGANIZATION.time_zone == "Europe/Warsaw"
    assert len(ORGANIZATION.queues) >= 6
    assert len([user for user in ORGANIZATION.users if user.queue_ids]) >= 60
    media = {queue.media for queue in ORGANIZATION.queues}
    assert media >= {("voice",), ("chat", "message"), ("voice", "chat", "message", "email", "callback")}
    assert len({queue.division_id for queue in ORGANIZATION.queues}) > 2
    kinds = {(each.enabled, each.requires_auth) for each in ORGANIZATION.deployments}
    assert kinds == {(True, False), (False, False), (True, True)}
    chat_queues = {queue.id for queue in ORGANIZATION.queues if "chat" in queue.media}
    assert all(set(user.queue_ids) == chat_queues for user in ORGANIZATION.guest_desk)
    o = ORGANIZATION
    ids = [each.id for each in o.queues] + [each.id for each in o.users] + [each.id for each in o.presences]
    ids += [each.id for each in (*o.divisions, *o.skills, *o.languages, *o.wrapup_codes)]
    assert len(set(ids)) == len(ids)
    names = [user.name for user in ORGANIZATION.users]
    assert len(set(names)) == len(names)


def test_the_same_file_gives_the_same_ids() -> None:
    assert Organization.load(FILE) == ORGANIZATION
    assert uuid.UUID(ORGANIZATION.id).version == 4


def test_a_queue_is_found_by_name_without_case() -> None:
    found = ORGANIZATION.queue_named("web HELP")
    assert found is not None
    assert found.name == "Web Help"
    assert found.service_levels["chat"] == (0.8, 60_000)
    assert ORGANIZATION.queue_named("nobody") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"queues": 3}, "queues"),
        ({"divisions": ["Home"]}, "no division is named"),
        ({"skills": []}, "no skill is named"),
        ({"shifts": {"day": [8, 16]}}, "no shift is named"),
        ({"languages": ["Polish"]}, "no language is named"),
        ({"wrapup_codes": []}, "no wrap-up code is named"),
        ({"profiles": {}}, "no profile is named"),
        ({"presences": []}, "no system presence is named"),
        ({"flows": []}, "INBOUNDCALL flow"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = tmp_path / "organization.json"
    path.write_text(json.dumps(json.loads(FILE.read_text(encoding="utf-8")) | change))
    with pytest.raises(ValueError, match=said):
        Organization.load(path)


def test_a_missing_or_broken_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Organization.load(tmp_path / "nothing.json")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ValueError, match=r"broken\.json is no organisation"):
        Organization.load(tmp_path / "broken.json")


# Arrivals.

EVERY = ("voice", "chat", "message", "email", "callback")


def _arrivals(days: OperatingDays, number: int, per_week: float, media: Sequence[str] = EVERY) -> list[Any]:
    return list(arrivals(ORGANIZATION, days, number, seed="x", per_week=per_week, media=media))


def test_arrivals_follow_the_volume_asked_for() -> None:
    days = OperatingDays(ORGANIZATION.zone, ORGANIZATION.quiet_hour)
    week = range(739_500, 739_507)
    counts = {volume: sum(len(_arrivals(days, number, volume)) for number in week) for volume in (0, 5_000)}
    assert counts[0] == 0
    assert abs(counts[5_000] - 5_000) < 4 * 5_000**0.5


def test_arrivals_lie_in_their_day_in_time_order() -> None:
    days = OperatingDays(ORGANIZATION.zone, ORGANIZATION.quiet_hour)
    found = [at_ms for at_ms, _, _ in _arrivals(days, 739_500, 9_000)]
    start_ms, end_ms = days.bounds(739_500)
    assert found == sorted(found)
    assert start_ms <= found[0] < found[-1] < end_ms


def test_arrivals_of_a_medium_are_the_same_whoever_else_comes() -> None:
    days = OperatingDays(ORGANIZATION.zone, ORGANIZATION.quiet_hour)
    whole = _arrivals(days, 739_500, 9_000)
    assert {medium for _, _, medium in whole} == set(EVERY)
    for medium in EVERY:
        assert _arrivals(days, 739_500, 9_000, [medium]) == [each for each in whole if each[2] == medium]


def test_a_small_organisation_of_chats_alone_works(tmp_path: Path) -> None:
    file = json.loads(FILE.read_text(encoding="utf-8"))
    queue = next(each for each in file["queues"] if each["name"] == "Web Help")
    del queue["message"]
    agents = [each | {"queues": ["Web Help"]} for each in file["agents"] if "Web Help" in each["queues"]]
    path = tmp_path / "organization.json"
    path.write_text(json.dumps(file | {"queues": [queue], "agents": agents[:12], "flows": []}))
    small = Timeline(Organization.load(path), seed=1, settings=Settings(), days=2, start_ms=1_795_003_200_000)
    found = small.conversations(1_795_003_200_000 - 86_400_000, 1_795_003_200_000)
    assert {each.media for each in found} == {"chat"}
    assert small.organization.id == ORGANIZATION.id  # ids come from the names
