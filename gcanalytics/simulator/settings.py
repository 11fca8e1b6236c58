"""The simulator's settings: every answer that no source gives, under one name and with one default.

Nothing here is read by the client, which is right under every value.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_CHOICES: dict[str, tuple[str, ...]] = {
    "interval_match": ("day", "overlap"),
    "partial_groups": ("disjoint", "rollup"),
    "past_last_page": ("{}", "totalHits"),
    "expired_token_code": ("bad.credentials", "credentials.expired"),
    "unknown_request_fields": ("ignore", "400"),
    "division_match": ("any", "all"),
    "unseen_by_id": ("404", "403"),
    "user_divisions": ("own", "all"),
    "topic_permissions": ("all", "any"),
    "queue_joins": ("kept", "shift"),
    "combined_topics": ("each", "once"),
    "offline_time": ("counted", "left_out"),
    "user_details_unit": ("user_day", "user"),
}
_WORDS = {
    "on": True,
    "true": True,
    "yes": True,
    "1": True,
    "off": False,
    "false": False,
    "no": False,
    "0": False,
}
_AT_LEAST_ZERO = frozenset({"short_abandon_s", "no_answer_acw_share", "late_write_share", "job_lag_s"})
_SHARES = frozenset({"no_answer_acw_share", "late_write_share"})


@dataclass(frozen=True)
class Settings:
    """One simulated platform's choices.

    Lives, lags and rates are in real seconds or minutes and never scaled by the simulator's speed.
    """

    interval_match: str = "day"
    """Details query: ``day``, every conversation that started on a touched UTC day; ``overlap``, those
    of them that also overlap the interval (the platform's own sentence is cut off)."""
    partial_groups: str = "disjoint"
    """Aggregates: ``disjoint``, a metric without a dimension stands only in the group that lacks the key;
    ``rollup``, it stands there in addition."""
    past_last_page: str = "{}"
    """Details query beyond the last page: ``{}``, an empty object; ``totalHits``, that number alone."""
    expired_token_code: str = "bad.credentials"
    """401 code of an expired token: ``bad.credentials`` or ``credentials.expired``."""
    unknown_request_fields: str = "ignore"
    """Unknown JSON fields of a request: ``ignore`` or ``400``."""
    division_match: str = "any"
    """Which conversations a client with some divisions sees: ``any``, those that touch one of them; ``all``,
    those that touch no other."""
    unseen_by_id: str = "404"
    """Answer for one thing by its id in a division that the client does not see: ``404`` or ``403``."""
    user_divisions: str = "own"
    """Which users such a client sees: ``own``, those of its divisions; ``all``, everybody, for the endpoints
    of users need no permission that a division could narrow."""
    topic_permissions: str = "all"
    """What a topic needs where the platform lists several permissions (announcement 7221 of the developer
    forum, which does not say): ``all`` of them, or ``any``."""
    queue_joins: str = "kept"
    """How long a member is activated in his queues: ``kept``, always, and the queue's topic only repeats it
    when he comes on queue; ``shift``, from his log-on to his log-off, which the topic tells; then alone
    do observations count him."""
    records_shift: bool = True
    """Whether records of the last two days enter and leave a details result between its pages, and totalHits
    with them; every walk after a query's first finds them all."""
    job_lag_s: float = 6 * 3600.0
    """How far the data of asynchronous jobs lies behind, in business seconds."""
    job_page_max: int = 1000
    job_retention_s: float = 24 * 3600.0
    job_limit: int = 10
    token_life_s: float = 86400.0
    channel_life_s: float = 86400.0
    heartbeat_s: float = 30.0
    rate_per_minute: int = 300
    """Requests a minute that one token may send."""
    combined_topics: str = "each"
    """What a combined topic (``v2.users.<id>?presence&routingStatus``) takes of a channel's 1,000: ``each``,
    one for each of its parts; ``once``, one for all."""
    system_notices: bool = True
    """Whether sockets are told by ``v2.system.*`` why they are closed; a minute before a planned close "not
    guaranteed in all cases" (developer forum, topic 7423)."""
    close_codes: tuple[int, int, int] = (1001, 1008, 1008)
    """Codes of a socket's end by a second connection, by its channel's eviction, by its token's end."""
    observation_details_max: int = 100
    """Most detail entries of one observed metric; more are cut to the oldest and the newest half."""
    offline_time: str = "counted"
    """Users' aggregates: ``counted``, time in the presence OFFLINE, and in OFF_QUEUE beside it, counts as any
    other; ``left_out``, it counts nowhere."""
    user_details_unit: str = "user_day"
    """Users' details: ``user_day``, a record is a user's UTC day, and a status that spans days stands with
    its first and its last one; ``user``, it is a user with everything in the interval's days."""
    page_size_max: int = 100
    """Largest page of the details query (connectors' use; the recorded maximum is unknown)."""
    short_abandon_s: float = 0.0
    """Waits below this are short abandons too; 0 switches the metric off, the platform's default."""
    no_answer_acw_share: float = 0.1
    """Share of unanswered alerts that are followed by the recorded odd after-call work."""
    late_write_share: float = 0.001
    """Share of conversations that get a wrap-up segment hours to days later."""
    conversations_per_week: int = 25_000
    guest_chats_at_once: int = 80
    """Chats of guests that an agent of the guest desk takes at once, after-call work included; more wait. An
    agent of the platform takes a few; so many let hundreds of guests be served at once."""
    guest_absent_s: float = 120.0
    """A guest whose event stream is away for so long, or never opens, is gone, real seconds."""
    guest_media_request_s: float = 60.0
    """How long a media request to a guest stands before it is timed out, business seconds."""
    clock_start: str = ""
    """Business time at the start, ISO-8601 (without an offset: UTC); empty, the machine's time."""

    def __post_init__(self) -> None:
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it can be {' or '.join(allowed)}")
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if not math.isfinite(value):
                raise ValueError(f"{field.name} is {value}; it must be a finite number")
            if value < 0 or (value == 0 and field.name not in _AT_LEAST_ZERO):
                raise ValueError(f"{field.name} is {value}; it must be above zero")
            if field.name in _SHARES and value > 1:
                raise ValueError(f"{field.name} is {value}; it is a share, 1 at most")
        if not all(1000 <= code <= 4999 for code in self.close_codes):
            raise ValueError(f"close_codes are {self.close_codes}; each must be from 1000 to 4999")
        self.clock_start_ms()

    @classmethod
    def from_pairs(cls, pairs: Iterable[str]) -> Settings:
        """Settings from ``NAME=VALUE`` texts, the command line's form; a later pair wins.

        Args:
            pairs: for instance ``["rate_per_minute=1000", "records_shift=off"]``.

        Raises:
            ValueError: a name or a value that does not exist; the text names what does.
        """
        values: dict[str, Any] = {}
        for pair in pairs:
            name, separator, text = pair.partition("=")
            name = name.strip()
            if not separator:
                raise ValueError(f"{pair!r} is no NAME=VALUE")
            if name not in _DEFAULTS:
                raise ValueError(f"there is no setting {name!r}; there are: {', '.join(sorted(_DEFAULTS))}")
            values[name] = _parsed(name, text.strip())
        return cls(**values)

    @staticmethod
    def pair(name: str, value: Any) -> str:
        """``NAME=VALUE`` of a Python value, so that ``from_pairs`` reads it back."""
        if isinstance(value, bool):
            return f"{name}={'on' if value else 'off'}"
        if isinstance(value, tuple | list):
            return f"{name}={','.join(str(part) for part in value)}"
        return f"{name}={value}"

    def clock_start_ms(self) -> int | None:
        """Business time at the start in milliseconds since the epoch, or None for the machine's time."""
        if not self.clock_start:
            return None
        try:
            moment = datetime.fromisoformat(self.clock_start)
        except ValueError as exc:
            raise ValueError(f"clock_start is {self.clock_start!r}; it must be an ISO-8601 instant") from exc
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1000)


_DEFAULTS: dict[str, Any] = {field.name: field.default for field in dataclasses.fields(Settings)}


def _parsed(name: str, text: str) -> Any:
    """The value of a setting from its text, of the type of its default."""
    default = _DEFAULTS[name]
    try:
        if isinstance(default, bool):
            return _WORDS[text.lower()]
        if isinstance(default, tuple):
            parts = tuple(int(part) for part in text.split(","))
            if len(parts) != len(default):
                raise ValueError(text)
            return parts
        return type(default)(text)
    except (KeyError, ValueError) as exc:
        wanted = "on or off" if isinstance(default, bool) else f"like {Settings.pair(name, default)}"
        raise ValueError(f"{name} cannot be {text!r}; it is {wanted}") from exc
