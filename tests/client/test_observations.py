"""Queue observations from the simulated platform: they add up, and say what they leave out."""

from collections.abc import Iterator
from typing import Any

import pytest

from gcanalytics.client import Client, connect
from gcanalytics.errors import UnknownName


@pytest.fixture(scope="module")
def gc(simulator: Any) -> Iterator[Client]:
    with connect(
        simulator.api, client_id=simulator.client_id, client_secret=simulator.client_secret, tz="UTC"
    ) as client:
        yield client


def test_each_agent_of_a_queue_has_one_routing_status(gc: Client) -> None:
    """An agent of a queue is a member who is activated in it; with ``queue_joins=kept`` each member is."""
    table = gc.queue_observations(["Support", "Billing"])
    for queue in ("Support", "Billing"):
        own = table[table["queue"] == queue].groupby("metric")["count"].sum()
        assert own["oUserRoutingStatuses"] == own["oActiveUsers"] > 0
        assert own["oUserPresences"] == own["oActiveUsers"]
        assert own["oOnQueueUsers"] + own["oOffQueueUsers"] == own["oActiveUsers"] <= own["oMemberUsers"]
    assert table["count"].notna().all()


def test_every_status_and_medium_has_a_row(gc: Client) -> None:
    table = gc.queue_observations("Support")
    statuses = table.loc[table["metric"] == "oUserRoutingStatuses", "qualifier"]
    assert sorted(statuses) == ["COMMUNICATING", "IDLE", "INTERACTING", "NOT_RESPONDING", "OFF_QUEUE"]
    waiting = table[table["metric"] == "oWaiting"]
    assert {"voice", "chat"} <= set(waiting["mediaType"])
    assert table.loc[table["metric"] == "oUserPresences", "presence"].notna().all()


@pytest.mark.fixed_settings("observation_details_max", reason="is about lists that are whole")
def test_the_single_observations_are_as_many_as_counted(gc: Client, simulator: Any) -> None:
    with simulator.held():
        details = gc.queue_observation_details("Support", media_type="voice")
        counts = gc.queue_observations("Support", media_type="voice")
    assert set(counts["mediaType"]) == {"voice"}
    assert not details["truncated"].any()
    talking = details[details["metric"] == "oInteracting"]
    assert talking["agent"].notna().all()
    assert details["conversationId"].notna().all()
    listed = details.groupby("metric").size().reindex(["oWaiting", "oAlerting", "oInteracting"], fill_value=0)
    for metric, count in listed.items():
        assert counts.loc[counts["metric"] == metric, "count"].sum() == count
    assert len(talking)


def test_an_unknown_queue_is_refused_with_the_nearest(gc: Client) -> None:
    with pytest.raises(UnknownName, match="Support"):
        gc.queue_observations("Suport")
    with pytest.raises(UnknownName, match="00000000-0000-4000-8000-000000000000"):
        gc.queue_observations("00000000-0000-4000-8000-000000000000")
