"""Media requests: an agent asks a guest for another medium in the chat, as a look at his screen.

The contract has states and fields; how long a request stands, what may follow what, and that a message of
type ``media-request`` carries the request's id as its body are inferred.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

PENDING: Final = "PENDING"
ACCEPTED: Final = "ACCEPTED"
DECLINED: Final = "DECLINED"
TIMEDOUT: Final = "TIMEDOUT"
CANCELLED: Final = "CANCELLED"
ERRORED: Final = "ERRORED"

GUESTS: Final = (ACCEPTED, DECLINED, ERRORED)
"""What a guest may set (description of the PATCH)."""
_AFTER: Final = {PENDING: frozenset(GUESTS), ACCEPTED: frozenset((ERRORED,))}
"""What he may set when: an answer once, and that what he accepted did not work."""


@dataclass(eq=False)
class MediaRequest:
    """One request.

    Attributes:
        types: the media asked for.
        state: of the six of the contract.
        communication_id, security_key: with which the medium is opened; there once it was accepted.
    """

    types: tuple[str, ...]
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = PENDING
    communication_id: str | None = None
    security_key: str | None = None

    def body(self, path: str) -> dict[str, Any]:
        """The request as REST shows it (WebChatGuestMediaRequest); ``path`` is the chat's."""
        body: dict[str, Any] = {"id": self.id, "types": list(self.types), "state": self.state}
        if self.communication_id is not None:
            body |= {"communicationId": self.communication_id, "securityKey": self.security_key}
        return body | {"selfUri": f"{path}/mediarequests/{self.id}"}

    def may_become(self, state: str) -> bool:
        """Whether the guest may set this state now."""
        return state in _AFTER.get(self.state, ())

    def become(self, state: str) -> None:
        """Take a state."""
        self.state = state
        if state == ACCEPTED:
            self.communication_id = str(uuid.uuid4())
            self.security_key = secrets.token_urlsafe(24)


def end_pending(requests: Iterable[MediaRequest], state: str) -> None:
    """Let the requests that nobody has answered take a state."""
    for request in requests:
        if request.state == PENDING:
            request.become(state)
