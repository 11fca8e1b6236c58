"""Who and what there is in an organisation; every method hands over to the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gcanalytics.client.session import Session

if TYPE_CHECKING:
    import pandas as pd


class Lists(Session):
    """The organisation's lists, a part of :class:`gcanalytics.Client`.

    Each is asked for once and kept; ``refresh=True`` asks again. Rows stand by name. What lies in divisions
    that the OAuth client's role lacks is left out by the platform, without a word.
    """

    def queues(self, *, refresh: bool = False) -> pd.DataFrame:
        """The queues, a row each, by name.

        ``gc.queues()[["name", "memberCount", "voice_sl_target"]]``. Permission: ``routing:queue:view``.

        Args:
            refresh: whether to ask again instead of giving the list that is known.

        Returns:
            ``name``, ``id``, ``division``, ``divisionId``, ``description`` (text), ``memberCount``,
            ``joinedMemberCount`` (Int64), for each medium ``<medium>_sl_target`` (Float64, the share to be
            answered in time, 0 to 1) and ``<medium>_sl_target_s`` (Float64, seconds), ``dateCreated``,
            ``dateModified`` (UTC). Source: the queue's own fields and its ``mediaSettings``.

        Raises:
            GenesysError: the platform refused (``PermissionDenied``) or did not answer.
        """
        return self.directory.queues(refresh=refresh)

    def users(self, *, refresh: bool = False) -> pd.DataFrame:
        """The users, active or not, a row each, by name.

        ``gc.users().query("state == 'active'")``. It needs no permission.

        Args:
            refresh: whether to ask again instead of giving the list that is known.

        Returns:
            All text: ``name``, ``id``, ``email``, ``title``, ``department``, ``state`` (``active``,
            ``inactive``, ``deleted``), ``division``, ``divisionId``.

        Raises:
            GenesysError: the platform refused or did not answer.
        """
        return self.directory.users(refresh=refresh)

    def wrapup_codes(self, *, refresh: bool = False) -> pd.DataFrame:
        """The wrap-up codes, a row each, by name.

        Conversations also carry the system's own code ``ININ-WRAP-UP-TIMEOUT``, which is in no list.
        Permission: ``routing:wrapupCode:view``.

        Args:
            refresh: whether to ask again instead of giving the list that is known.

        Returns:
            ``name``, ``id``, ``division``, ``divisionId`` (text), ``dateCreated``, ``dateModified`` (UTC).

        Raises:
            GenesysError: the platform refused (``PermissionDenied``) or did not answer.
        """
        return self.directory.wrapup_codes(refresh=refresh)

    def skills(self, *, refresh: bool = False) -> pd.DataFrame:
        """The ACD skills, a row each, by name. It needs no permission.

        Args:
            refresh: whether to ask again instead of giving the list that is known.

        Returns:
            ``name``, ``id``, ``state`` (text), ``dateModified`` (UTC).

        Raises:
            GenesysError: the platform refused or did not answer.
        """
        return self.directory.skills(refresh=refresh)

    def divisions(self, *, refresh: bool = False) -> pd.DataFrame:
        """The divisions, a row each, by name. It needs no permission.

        Args:
            refresh: whether to ask again instead of giving the list that is known.

        Returns:
            ``name``, ``id``, ``description`` (text), ``homeDivision`` (boolean).

        Raises:
            GenesysError: the platform refused or did not answer.
        """
        return self.directory.divisions(refresh=refresh)

    def presences(self, *, refresh: bool = False) -> pd.DataFrame:
        """The organisation's own presences, a row each, by name.

        Permission: ``presence:presenceDefinition:view``.

        Args:
            refresh: whether to ask again instead of giving the list that is known.

        Returns:
            ``name``, ``id``, ``systemPresence`` (text: ``Available``, ``OnQueue``, ``Meal`` ..., the one that
            it stands for), ``deactivated`` (boolean).

        Raises:
            GenesysError: the platform refused (``PermissionDenied``) or did not answer.
        """
        return self.directory.presences(refresh=refresh)
