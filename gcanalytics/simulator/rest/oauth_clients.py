"""The OAuth clients of the simulated platform: who they are, what they may, which divisions they see.

They are options of the simulator's start, not part of the organization's file: one organization serves many
tests, each with its own clients, and a file with business in it should carry no credentials.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from gcanalytics.simulator.business.organization import Organization
from gcanalytics.simulator.rest.permissions import EVERYTHING, KNOWN, holds


@dataclass(frozen=True)
class OAuthClient:
    """A client of the grant "client credentials"; its secret is in no repr.

    Attributes:
        id: client id.
        secret: its secret.
        name: how whoever started the simulator calls it.
        permissions: what its roles allow, as ``routing:queue:view``; an asterisk stands for any part.
        divisions: ids of the divisions that its roles reach; None for all of them.
    """

    id: str
    secret: str = field(repr=False)
    name: str = ""
    permissions: frozenset[str] = EVERYTHING
    divisions: frozenset[str] | None = None

    @classmethod
    def of(
        cls,
        organization: Organization,
        name: str = "",
        *,
        permissions: frozenset[str] = EVERYTHING,
        divisions: frozenset[str] | None = None,
    ) -> OAuthClient:
        """A client whose id follows from organization and name; its secret is drawn anew each time."""
        path = f"{organization.id}/oauth/client" + (f"/{name}" if name else "")
        client_id = str(uuid.uuid5(uuid.NAMESPACE_URL, path))
        return cls(client_id, secrets.token_urlsafe(32), name, permissions, divisions)

    @classmethod
    def parsed(cls, text: str, organization: Organization) -> OAuthClient:
        """A client from the command line's form.

        Args:
            text: ``NAME=PERMISSION,PERMISSION@DIVISION,DIVISION``. Divisions by name or id; without ``@`` all
                of them. Without permissions it may only what needs none.
            organization: whose divisions.

        Raises:
            ValueError: a division or permission that there is not; a typing error would be a client that
                silently sees less.
        """
        name, equals, grants = text.partition("=")
        if not name.strip() or not equals:
            raise ValueError(f"{text!r} is no NAME=PERMISSION,PERMISSION@DIVISION,DIVISION")
        allowed, at, seen = grants.partition("@")
        permissions = frozenset(part.strip() for part in allowed.split(",") if part.strip())
        for each in sorted(permissions):
            if not any(holds({each}, one) for one in KNOWN):
                raise ValueError(
                    f"nothing needs the permission {each!r}; there are: {', '.join(sorted(KNOWN))}"
                )
        names = [part.strip() for part in seen.split(",") if part.strip()]
        if at and not names:
            raise ValueError(f"{text!r} names no division after the @")
        divisions = frozenset(_division(each, organization) for each in names) if at else None
        return cls.of(organization, name.strip(), permissions=permissions, divisions=divisions)


def parsed_clients(texts: Iterable[str], organization: Organization) -> list[OAuthClient]:
    """The OAuth clients of several texts, by `OAuthClient.parsed`.

    Raises:
        ValueError: one that makes no sense, or two of one name.
    """
    clients = [OAuthClient.parsed(text, organization) for text in texts]
    names = [client.name for client in clients]
    if len(set(names)) < len(names):
        raise ValueError(f"OAuth clients need names of their own: {', '.join(names)}")
    return clients


def _division(wanted: str, organization: Organization) -> str:
    for each in organization.divisions:
        if wanted == each.id or wanted.casefold() == each.name.casefold():
            return each.id
    names = ", ".join(each.name for each in organization.divisions)
    raise ValueError(f"there is no division {wanted!r}; there are: {names}")
