"""What a caller did in a menu, in the flow of his session (AnalyticsFlow, AnalyticsFlowOutcome).

Languages, and the entry reason of a dialled number, are as in the recorded live call. Outcomes follow the
descriptions of their model: ``flowOutcome`` is id and value with a colon between, the end is absent where the
outcome failed.
"""

from __future__ import annotations

from typing import Any, Final

from gcanalytics.simulator.business.aftermath.menus import LANGUAGE, Outcome, menu_visit
from gcanalytics.simulator.business.ledger import Conversation
from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.records.instants import iso
from gcanalytics.simulator.records.picture import Picture
from gcanalytics.simulator.records.shapes import Participant, Session

_CODES: Final = {"Polish": "pl-pl", "English": "en-gb", "Ukrainian": "uk-ua", "German": "de-de"}
_OTHER: Final = "en-us"


def add_menu(
    flow: dict[str, Any], participant: Participant, session: Session, conversation: Conversation, now_ms: int
) -> None:
    """Add languages, entry reason and outcomes to a session's flow."""
    organization = conversation.organization
    flow["startingLanguage"] = _language(organization, organization.languages[0].id)
    if participant.purpose != "ivr":
        return
    if conversation.called_number is not None and flow.get("entryType") == "dnis":
        flow["entryReason"] = conversation.called_number
    visit = menu_visit(conversation, participant.number)
    if visit is None:
        return
    if session.over:
        chosen = visit.passed(LANGUAGE) is not None and conversation.language_id is not None
        language_id = conversation.language_id if chosen else None
        flow["endingLanguage"] = _language(organization, language_id or organization.languages[0].id)
    outcomes = [_outcome(each) for each in visit.outcomes if each.ended_ms <= now_ms]
    if outcomes:
        flow["outcomes"] = outcomes


def self_served(seen: Picture) -> bool:
    """Whether the caller got what he called for from the menu alone."""
    if seen.ended_ms is None or seen.queue_ids or seen.conversation.media != "voice":
        return False
    visits = [
        menu_visit(seen.conversation, each.number) for each in seen.participants if each.purpose == "ivr"
    ]
    return any(each is not None and each.self_served() for each in visits)


_known: dict[str, dict[str, str]] = {}


def _language(organization: Organization, language_id: str) -> str:
    """A language as flows spell it."""
    codes = _known.get(organization.id)
    if codes is None:
        codes = {each.id: _CODES.get(each.name, _OTHER) for each in organization.languages}
        _known[organization.id] = codes
    return codes[language_id]


def _outcome(each: Outcome) -> dict[str, Any]:
    value = "SUCCESS" if each.reached else "FAILURE"
    result = {
        "flowOutcomeId": each.id,
        "flowOutcome": f"{each.id}:{value}",
        "flowOutcomeValue": value,
        "flowOutcomeStartTimestamp": iso(each.started_ms),
    }
    if each.reached:
        result["flowOutcomeEndTimestamp"] = iso(each.ended_ms)
    return result
