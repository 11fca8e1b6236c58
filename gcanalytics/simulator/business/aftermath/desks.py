"""What happens on the agents' desks beside the talk: cases, flags, snippets, notes, the assistant's articles.

``seed`` is the conversation's (``draws.seed_of``). Instants are drawn from the answer on; what
would come after the agent has left comes as he leaves.
"""

from __future__ import annotations

import functools
from typing import Final

import msgspec

from gcanalytics.simulator.business import ledger
from gcanalytics.simulator.business.aftermath.draws import derived_id, mixed, seed_of, subject
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization

_CASES: Final = subject("cases")
_FLAGS: Final = subject("flags")
_SNIPPETS: Final = subject("snippets")
_NOTES: Final = subject("notes")
_ARTICLES: Final = subject("articles")
_TAGGED: Final = subject("tags")
_SCREENS: Final = subject("screens")
_SECOND: Final = 1000
_WITH_CASE: Final = 492
_FLAGGED: Final = 16
_WITH_CONSENT: Final = 1434
_WITH_NOTE: Final = 614
_WITH_TAG: Final = 246
_WITH_ARTICLE: Final = 1638
"""How often each happens, of 4,096."""
_CONTRACT_CODES: Final = frozenset({"Contract signed", "Stays"})
_NOTES_BY_CODE: Final = {
    "Complaint": ("Wants to hear from a manager", "Third call about the same thing"),
    "Payment plan": ("Three instalments, first on the 10th", "Wants the plan in writing"),
    "Call again promised": ("Call before noon", "Reachable after 17:00 only"),
}
_OTHER_NOTES: Final = ("Sent the link", "Knows the procedure", "Asked for an e-mail about it", "All clear")
_TAGS: Final = ("follow-up", "price", "service quality", "moving")


class Case(msgspec.Struct, frozen=True, gc=False):
    """A case that the CRM opened for a conversation and whose number it wrote on it."""

    at_ms: int
    number: str


def case(conversation: Conversation, seed: int) -> Case | None:
    """The CRM's case; opened while the first agent talks, for some conversations."""
    bits = mixed(seed, _CASES)
    if bits & 0xFFF >= _WITH_CASE:
        return None
    answered = next((event for event in conversation.events if event.kind == ledger.ANSWERED), None)
    if answered is None:
        return None
    at_ms = min(answered.at_ms + 8 * _SECOND + (bits >> 12) % (80 * _SECOND), conversation.closed_ms)
    return Case(at_ms, f"NL-{(bits >> 32) % 9_000_000 + 1_000_000}")


def flag_ms(seed: int, party: int, answered_ms: int, left_ms: int | None) -> int | None:
    """When an agent flags a conversation, None where he does not; as he leaves at the latest."""
    bits = mixed(seed, _FLAGS ^ party)
    if bits & 0xFFF >= _FLAGGED:
        return None
    at_ms = answered_ms + 20 * _SECOND + (bits >> 12) % (100 * _SECOND)
    return at_ms if left_ms is None else min(at_ms, left_ms)


def snippet(
    organization: Organization, seed: int, party: int, queue_id: str, answered_ms: int, left_ms: int | None
) -> tuple[int, int] | None:
    """From when to when an agent of a queue that closes contracts records the customer's spoken consent.

    Args:
        organization: whose queue it is.
        seed: the conversation's.
        party: the agent's.
        queue_id: the queue that he answers for.
        answered_ms: from when he talks.
        left_ms: when he left, None as long as he is there; the snippet ends with the talk.
    """
    if queue_id not in _desks(organization).contract_queue_ids:
        return None
    bits = mixed(seed, _SNIPPETS ^ party)
    if bits & 0xFFF >= _WITH_CONSENT:
        return None
    start_ms = answered_ms + 60 * _SECOND + (bits >> 12) % (140 * _SECOND)
    end_ms = start_ms + 15 * _SECOND + (bits >> 36) % (45 * _SECOND)
    if left_ms is None:
        return start_ms, end_ms
    return (start_ms, min(end_ms, left_ms)) if start_ms < left_ms else None


def note(organization: Organization, seed: int, party: int, code_id: str) -> str | None:
    """What an agent writes beside his wrap-up code; mostly nothing."""
    bits = mixed(seed, _NOTES ^ party)
    if bits & 0xFFF >= _WITH_NOTE:
        return None
    choices = _NOTES_BY_CODE.get(_desks(organization).wrapup_names.get(code_id, ""), _OTHER_NOTES)
    return choices[(bits >> 12) % len(choices)]


def tags(seed: int, party: int) -> list[str]:
    """The tags that an agent sets in his after-call work; mostly none."""
    bits = mixed(seed, _TAGGED ^ party)
    if bits & 0xFFF >= _WITH_TAG:
        return []
    first = (bits >> 12) % len(_TAGS)
    return [_TAGS[first], _TAGS[first - 1]] if bits >> 32 & 0x7 == 0 else [_TAGS[first]]


def articles(organization: Organization, seed: int, party: int, queue_id: str) -> str | None:
    """Id of the knowledge base whose article an agent used; only where an assistant looks things up."""
    if (
        assistant_id(organization, queue_id) is None
        or mixed(seed, _ARTICLES ^ party) & 0xFFF >= _WITH_ARTICLE
    ):
        return None
    return _desks(organization).knowledge_base_id


def assistant_id(organization: Organization, queue_id: str) -> str | None:
    """The assistant that reads along in a queue; the company tries it in the queue that has chats alone."""
    return _desks(organization).assistant_ids.get(queue_id)


def script_id(organization: Organization, queue_id: str) -> str | None:
    """The script that agents of a queue see; queues with a telephone number have one."""
    return _desks(organization).script_ids.get(queue_id)


def team_id(organization: Organization, user_id: str) -> str | None:
    """The team of a user: each division is one."""
    return _desks(organization).team_ids.get(user_id)


def station_id(user_id: str) -> str:
    """The telephone of an agent: his browser's."""
    return _station(user_id)


@functools.lru_cache(maxsize=4096)
def _station(user_id: str) -> str:
    return derived_id("station", user_id)


@functools.lru_cache(maxsize=4096)
def screen_recorded(user_id: str) -> bool:
    """Whether an agent's screen is recorded with his talks: quality management does so for one of seven."""
    return mixed(seed_of(user_id), _SCREENS) % 7 == 0


class _Desks(msgspec.Struct, frozen=True):
    """What belongs to the organisation's queues and people."""

    assistant_ids: dict[str, str]
    contract_queue_ids: frozenset[str]
    knowledge_base_id: str
    script_ids: dict[str, str]
    team_ids: dict[str, str]
    wrapup_names: dict[str, str]


_known: dict[str, _Desks] = {}


def _desks(organization: Organization) -> _Desks:
    found = _known.get(organization.id)
    if found is None:
        names = {each.id: each.name for each in organization.wrapup_codes}
        contract_codes = {code_id for code_id, name in names.items() if name in _CONTRACT_CODES}
        found = _known[organization.id] = _Desks(
            assistant_ids={
                queue.id: derived_id("assistant", queue.id)
                for queue in organization.queues
                if "chat" in queue.media and "voice" not in queue.media
            },
            contract_queue_ids=frozenset(
                queue.id for queue in organization.queues if contract_codes & set(queue.wrapup_code_ids)
            ),
            knowledge_base_id=derived_id("knowledge base", organization.id),
            script_ids={
                queue.id: derived_id("script", queue.id) for queue in organization.queues if queue.number
            },
            team_ids={each.id: derived_id("team", each.division_id) for each in organization.users},
            wrapup_names=names,
        )
    return found
