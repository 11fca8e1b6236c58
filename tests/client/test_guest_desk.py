"""A guest's chat in the hands of directed agents: in the live view of its queues, and then in history."""

from collections.abc import Iterator
from typing import Any

import pytest

from gcanalytics.guestchat import Closing
from gcanalytics.simulator import Simulator, SimulatorError

from .guests import DEADLINE_S, SETTINGS, analyst, is_answer, seen, settled, start, until

pytestmark = pytest.mark.fixed_settings("token_life_s", reason="a guest's token ends the chat with it")


@pytest.fixture(scope="module")
def platform() -> Iterator[Simulator]:
    """A platform of its own, ten business seconds in one."""
    with Simulator(seed=7, days=1, speed=10, settings=SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def gc(platform: Simulator) -> Any:
    return analyst(platform)


def test_a_transferred_chat_is_seen_live_and_in_history(platform: Simulator, gc: Any) -> None:
    with gc.live(["Support", "Billing"]) as view:
        assert view.wait_ready(DEADLINE_S)
        with start(platform, priority=3) as chat:
            mine = chat.conversation_id
            until(chat, is_answer)
            seen(view, mine, queue="Support", status="interacting")
            platform.desk([{"action": "transfer", "chat": mine, "queue": "Billing"}])
            until(chat, is_answer)
            seen(view, mine, queue="Billing", status="interacting")
            assert platform.desk([{"action": "leave", "chat": mine}]) == []
            *_, last = chat.events(timeout_s=DEADLINE_S)
            assert isinstance(last, Closing)
            assert last.final
        seen(view, mine, queue="Billing", status="ended")
    record = settled(gc, mine)
    legs = record.legs.sort_values("offered_at").to_dict("records")
    assert [(leg["queue"], leg["outcome"]) for leg in legs] == [
        ("Support", "answered"),
        ("Billing", "answered"),
    ]
    (transfer,) = record.transfers.to_dict("records")
    assert (transfer["from_queue"], transfer["to_queue"], transfer["kind"]) == ("Support", "Billing", "blind")
    metrics = record.metrics.groupby("name")["value"].sum()
    assert (metrics["nTransferred"], metrics["nBlindTransferred"], metrics["nOffered"]) == (1, 1, 2)


def test_an_alert_that_rings_out_is_a_bounce(platform: Simulator, gc: Any) -> None:
    platform.desk([{"action": "no_answer", "after_s": 5}])
    with start(platform) as chat:
        until(chat, is_answer)
    record = settled(gc, chat.conversation_id)
    (leg,) = record.legs.to_dict("records")
    assert (leg["outcome"], leg["no_answers"]) == ("answered", 1)
    assert record.handlings["result"].tolist() == ["no_answer", "answered"]


def test_a_guest_with_signed_data_is_authenticated(platform: Simulator) -> None:
    deployment = platform.deployments["Signed-in customers"]
    token = platform.member_auth_token({"customer": 7})
    with start(platform, deployment_id=deployment, member_auth_token=token) as chat:
        (guest,) = (member for member in chat.members() if member.id == chat.member_id)
        assert guest.authenticated


def test_directions_are_told_forgotten_and_refused(platform: Simulator) -> None:
    with pytest.raises(SimulatorError, match="say takes no queue"):
        platform.desk([{"action": "say", "text": "Hello", "queue": "Billing"}])
    left = platform.desk([{"action": "say", "text": "Hello", "times": 2}])
    assert left == platform.desk() == [{"action": "say", "text": "Hello", "times": 2}]
    assert platform.desk([]) == []
