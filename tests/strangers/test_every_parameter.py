"""Every query parameter of the contract's endpoints, through the official SDK: heeded, or listed here."""

import importlib.util
import inspect
import re
from typing import Any

import pytest
from contract import usage
from contract.sdk import Sdk

from .sdk_calls import raw

if importlib.util.find_spec("PureCloudPlatformClientV2") is None:
    pytest.skip("the official SDK is not installed", allow_module_level=True)
SOURCES = Sdk()
PARAMETERS = {
    (name, parameter)
    for name in usage.ENDPOINTS
    for parameter, _ in SOURCES.endpoints[name].query
    if name != "get_users_me"  # refused to client credentials, whatever is asked
}
_NAMES = "every name is in one language"
_SOURCE = "there are no integrations, and so no presences of theirs"
_CUSTOM = "users have no custom attributes"
IGNORED = {
    ("get_authorization_divisions", "expand"): "nothing of a division can be expanded",
    ("get_authorization_divisions", "nextPage"): "pages go by their number",
    ("get_authorization_divisions", "previousPage"): "pages go by their number",
    ("get_authorization_divisions", "objectCount"): "what a division holds is not counted",
    ("get_authorization_divisions", "sortBy"): "no source tells its words",
    ("get_notifications_availabletopics", "includePreview"): "all topics are public",
    ("get_presence_definition", "localeCode"): _NAMES,
    ("get_presence_definitions", "localeCode"): _NAMES,
    ("get_presence_definitions", "divisionId"): "definitions belong to all divisions",
    ("get_routing_queue", "expand"): "nothing of a queue can be expanded",
    ("get_routing_queues", "expand"): "nothing of a queue can be expanded",
    ("get_user", "integrationPresenceSource"): _SOURCE,
    ("get_user", "userCustomAttributeSchemaIds"): _CUSTOM,
    ("get_user", "state"): "a user is found by his id, whatever his state",
    ("get_users", "integrationPresenceSource"): _SOURCE,
    ("get_users", "userCustomAttributeSchemaIds"): _CUSTOM,
}
REFUSING = {"includechannels", "memberBy", "pageNumber", "pageSize", "sortBy", "sortOrder", "state"}
"""Where a word that is none is a 400."""
EMPTYING = {
    "cannedResponseLibraryId", "divisionId", "id", "jabberId", "languages", "name", "peerId", "presence",
    "profileSkills", "routingStatus", "skills",
}  # fmt: skip
"""Where a word that nothing has leaves nothing."""
OTHERWISE = {"deactivated", "expand", "hasPeer", "ignoreErrors", "joined"}
"""Tested by their own words, each with its list."""
HEEDED = sorted(PARAMETERS - {*IGNORED})


def asked(sdk: Any, client: Any, simulator: Any, name: str, parameter: str) -> Any:
    """The JSON of an answer to a call with one parameter of a word that means nothing."""
    method = getattr(getattr(sdk, SOURCES.endpoints[name].api)(client), name)
    known = {
        "queue_id": next(iter(simulator.queues.values())),
        "user_id": sdk.UsersApi(client).get_users(page_size=1).entities[0].id,
        "source_id": "PURECLOUD",
        "channel_id": "none",
        "body": {"metrics": [{"metric": "oMemberUsers"}], "groupBy": ["queueId"]},
    }
    if "users_activity" in name:
        known["body"] = {"metrics": [{"metric": "oMemberQueues"}], "groupBy": ["userId"]}
    if "conversations_activity" in name:
        known["body"] = {"metrics": [{"metric": "oWaiting"}], "groupBy": ["queueId"]}
    needed = {each: known[each] for each in inspect.signature(method).parameters if each != "kwargs"}
    kind = dict(SOURCES.endpoints[name].query)[parameter]
    word = ["nothing-of-the-kind"] if kind.startswith("list") else "nothing-of-the-kind"
    method(**needed, **{re.sub(r"([A-Z])", r"_\1", parameter).lower(): word})
    return raw(client)


def test_each_parameter_is_heeded_or_listed_with_its_reason() -> None:
    assert {*IGNORED} <= PARAMETERS
    assert {parameter for _, parameter in HEEDED} <= {*usage.PARAMETERS}
    assert {parameter for _, parameter in HEEDED} == REFUSING | EMPTYING | OTHERWISE


@pytest.mark.parametrize(("name", "parameter"), [each for each in HEEDED if each[1] in REFUSING])
def test_a_word_that_is_none_is_refused(
    sdk: Any, client: Any, simulator: Any, name: str, parameter: str
) -> None:
    with pytest.raises(sdk.rest.ApiException) as refused:
        asked(sdk, client, simulator, name, parameter)
    assert refused.value.status == 400
    assert f"is not valid for parameter [{parameter}]" in refused.value.body


@pytest.mark.parametrize(("name", "parameter"), [each for each in HEEDED if each[1] in EMPTYING])
def test_a_word_that_nothing_has_leaves_nothing(
    sdk: Any, client: Any, simulator: Any, name: str, parameter: str
) -> None:
    answer = asked(sdk, client, simulator, name, parameter)
    listed = answer if isinstance(answer, list) else answer.get("entities", answer.get("conversations"))
    assert listed == []
