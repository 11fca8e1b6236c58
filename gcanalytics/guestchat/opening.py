"""How a chat is opened or taken up: arguments and environment in, a connected protocol out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from gcanalytics.errors import ConfigurationError, QueryError, is_number
from gcanalytics.guestchat.access import SdkPace
from gcanalytics.guestchat.acdchat import AcdChat
from gcanalytics.guestchat.creation import creation, guest, words
from gcanalytics.guestchat.protocol import ChatProtocol
from gcanalytics.settings import Network, hosts
from gcanalytics.transport.auth import Auth
from gcanalytics.transport.rest import Rest
from gcanalytics.transport.retry import RetryPolicy

_VARIABLES = {
    "region": "GENESYSCLOUD_REGION",
    "organization_id": "GCANALYTICS_ORGANIZATION_ID",
    "deployment_id": "GCANALYTICS_DEPLOYMENT_ID",
}


class WebChat(TypedDict, total=False):
    """Where a guest chats with an organisation: arguments of :meth:`gcanalytics.GuestChat.start`."""

    region: str
    organization_id: str
    deployment_id: str


class StartArguments(TypedDict, total=False):
    """The arguments of :meth:`gcanalytics.GuestChat.start`, where they are told."""

    queue: str
    display_name: str
    region: str | None
    organization_id: str | None
    deployment_id: str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    phone_number: str | None
    avatar_url: str | None
    custom_fields: Mapping[str, str] | None
    skills: Sequence[str]
    language: str | None
    priority: int | None
    member_auth_token: str | None
    journey_context: Mapping[str, Any] | None
    retry: RetryPolicy | None
    verify: bool | str
    proxy: str | None
    timeout_s: tuple[float, float]
    open_timeout_s: float
    environ: Mapping[str, str] | None


@dataclass(frozen=True)
class Reach:
    """How the platform is reached.

    Attributes:
        base_url: of the region's API.
        network: certificates, proxy, timeouts.
        retry: how long refused requests are sent again.
    """

    base_url: str
    network: Network
    retry: RetryPolicy

    @classmethod
    def of(
        cls,
        region: str | None,
        environ: Mapping[str, str] | None,
        network: Network,
        retry: RetryPolicy | None,
    ) -> Reach:
        """From what the caller told.

        Raises:
            ConfigurationError: no region, an unknown one, or ``retry`` is no RetryPolicy.
        """
        if retry is not None and not isinstance(retry, RetryPolicy):
            raise ConfigurationError(
                f"retry= takes a RetryPolicy, not {type(retry).__name__}.",
                hint="RetryPolicy(max_time_s=10) tries for ten seconds.",
            )
        pace = SdkPace(max_time_s=retry.max_time_s if retry else 0.0)
        return cls(hosts(resolved("region", region, environ))[0], network, pace)

    def rest(self, auth: Auth) -> Rest:
        """Requests of one way of authorization."""
        return Rest(self.base_url, auth=auth, network=self.network, retry=self.retry)


_ABOUT_THE_GUEST = (
    "display_name", "first_name", "last_name", "email", "phone_number", "avatar_url", "custom_fields",
)  # fmt: skip
_ABOUT_THE_CHAT = (
    "queue", "skills", "language", "priority", "member_auth_token", "journey_context",
)  # fmt: skip


def asked(told: StartArguments) -> tuple[dict[str, Any], Reach]:
    """What is sent to open a chat, and how; every argument is checked, and nothing is sent yet.

    Raises:
        QueryError: an argument is empty or of a wrong kind.
        ConfigurationError: no region, organisation or deployment, or the platform cannot be reached so.
    """
    given: dict[str, Any] = {**told}
    environ = told.get("environ")
    body = creation(
        organization_id=resolved("organization_id", told.get("organization_id"), environ),
        deployment_id=resolved("deployment_id", told.get("deployment_id"), environ),
        member=guest(**{name: given[name] for name in _ABOUT_THE_GUEST if name in given}),
        **{name: given[name] for name in _ABOUT_THE_CHAT if name in given},
    )
    seconds("open_timeout_s", given.get("open_timeout_s", 0.0))
    network = Network(**{name: given[name] for name in ("verify", "proxy", "timeout_s") if name in given})
    return body, Reach.of(told.get("region"), environ, network, told.get("retry"))


def create(body: dict[str, Any], reach: Reach) -> ChatProtocol:
    """A new chat, its event stream yet to be opened."""
    return AcdChat.create(body, make_rest=reach.rest, network=reach.network)


def resume(
    reach: Reach,
    *,
    jwt: str,
    conversation_id: str,
    member_id: str,
    event_stream_uri: str,
    after: str | None,
) -> ChatProtocol:
    """A chat that was created before, its event stream yet to be opened.

    Raises:
        QueryError: an argument is empty or no text.
        ApiError, ConnectionFailed: the platform refuses, or is not reached.
    """
    told = {
        "jwt": jwt,
        "conversation_id": conversation_id,
        "member_id": member_id,
        "event_stream_uri": event_stream_uri,
    }
    for name, value in told.items():
        words(name, value)
    return AcdChat.resume(
        jwt=jwt,
        conversation_id=conversation_id,
        member_id=member_id,
        event_stream_uri=event_stream_uri,
        after=None if after is None else words("after", after),
        make_rest=reach.rest,
        network=reach.network,
    )


def seconds(name: str, value: object) -> float:
    """A number of seconds.

    Raises:
        QueryError: it is none, or below zero.
    """
    if not is_number(value) or not value >= 0:
        raise QueryError(f"{name}= takes seconds, not {value!r}.")
    return float(value)


def resolved(name: str, value: str | None, environ: Mapping[str, str] | None) -> str:
    """An argument, or what its environment variable holds.

    Raises:
        ConfigurationError: neither is there.
    """
    variable = _VARIABLES[name]
    if value is not None:
        return value
    found = (os.environ if environ is None else environ).get(variable)
    if not found:
        raise ConfigurationError(f"No {name} is given.", hint=f"Pass {name}=..., or set {variable}.")
    return found
