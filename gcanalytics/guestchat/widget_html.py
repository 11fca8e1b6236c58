"""A chat's widget as HTML, and the transcript that stays. Every text from outside is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from html import escape
from typing import Final

from gcanalytics.guestchat.events import Member
from gcanalytics.guestchat.transcript import Line, Picture
from gcanalytics.notebook.style import CSS

__all__ = ["header", "in_zone", "saved", "snapshot", "state", "style", "talk", "typing"]

LINES: Final = 200
"""The widget shows so many of the newest lines; ``chat.transcript()`` has all."""

_PILL: Final = {"talking": "ok", "over": "quiet", "stream lost": "alarm"}

# The bubbles take the theme's own colours; own words differ by side and edge, not by colour alone.
_RULES: Final = (
    ".gca-live .gca-talk{display:flex;flex-direction:column;gap:6px;padding:4px 8px 4px 2px;font-size:13px}"
    ".gca-live .gca-said{align-self:flex-start;max-width:80%;background:var(--gca-panel);border-radius:4px;"
    "border-left:4px solid var(--gca-quiet);padding:4px 10px;box-sizing:border-box}"
    ".gca-live .gca-own{align-self:flex-end;border-left:0;border-right:4px solid var(--gca-line)}"
    ".gca-live .gca-said .gca-who{font-size:11.5px;color:var(--gca-quiet)}"
    ".gca-live .gca-words{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}"
    ".gca-live .gca-aside{align-self:center;color:var(--gca-quiet);font-size:12px;text-align:center;"
    "overflow-wrap:anywhere}"
    ".gca-live .gca-typing{min-height:1.45em;font-size:12px;color:var(--gca-quiet);font-style:italic}"
    ".gca-live table.gca-table td.gca-words{white-space:pre-wrap}"
    ".gca-live .gca-here{overflow-wrap:anywhere}"
    ".gca-live table.gca-table td bdi{overflow-wrap:anywhere}"
)


def style() -> str:
    """The rules, for a region of their own that never changes."""
    return f"<style>{CSS}{_RULES}</style>"


def state(picture: Picture, *, is_open: bool) -> str:
    """One word or two for how the chat stands."""
    if picture.closing is not None and picture.closing.lost:
        return "stream lost"
    if not is_open:
        return "over"
    if picture.closing is not None:
        return "over" if picture.closing.final else "reconnecting"
    return "talking" if any(each.role == "AGENT" for each in picture.here) else "waiting for an agent"


def header(picture: Picture, word: str, *, conversation_id: str, own_id: str, zone: str) -> str:
    """The state, who is here, and which conversation it is."""
    here = ", ".join(_person(member, own_id) for member in picture.here) or "nobody yet"
    reason = picture.closing.reason if picture.closing is not None and word != "talking" else ""
    detail = f"<span>{escape(reason)}</span>" if reason else ""
    return _box(
        '<div class="gca-head"><span class="gca-title">Guest chat</span>'
        f'<span class="gca-pill gca-{_PILL.get(word, "warn")}" role="status" aria-live="polite">'
        f'{escape(word)}</span>{detail}<span class="gca-here">Here: {here}</span>'
        f'<span class="gca-quiet" title="{escape(conversation_id)}">conversation '
        f"{escape(conversation_id[:8])} · times in {escape(zone)}</span></div>"
    )


def talk(lines: Sequence[Line], tz: tzinfo) -> str:
    """What was said, the newest last."""
    earlier = len(lines) - LINES
    first = [_aside(f"{earlier} earlier lines: see chat.transcript()")] if earlier > 0 else []
    said = [_line(line, tz) for line in lines[-LINES:]] or [_aside("Nothing was said yet.")]
    return _box(f'<div class="gca-talk" role="log" aria-label="Transcript">{"".join([*first, *said])}</div>')


def typing(names: Sequence[str]) -> str:
    """Who types, or an empty line of the same height."""
    who = " and ".join(_name(name) for name in names)
    words = f"{who} {'are' if len(names) > 1 else 'is'} typing …" if names else ""
    return _box(f'<div class="gca-typing" role="status">{words}</div>')


def saved(count: int, word: str, moment: str) -> str:
    """A small line that tells something in a notebook that was saved while the chat was shown."""
    text = f"{moment} Guest chat, {word}, lines so far: {count}. Saved before its end, a notebook keeps this."
    return _box(f'<div class="gca-quiet" style="font-size:11px">{escape(text)}</div>')


def snapshot(picture: Picture, tz: tzinfo, *, conversation_id: str, reason: str, zone: str) -> str:
    """What stays in the notebook: words in a table, readable also where styles are stripped."""
    rows = "".join(
        f'<tr><td class="gca-number">{_clock(line.time, tz)}</td><td>{_sender(line)}</td>'
        f'<td class="gca-words">{_words(line)}</td></tr>'
        for line in picture.lines
    )
    table = (
        '<table class="gca-table"><thead><tr><th scope="col" class="gca-number">Time</th>'
        f'<th scope="col">Who</th><th scope="col">Words</th></tr></thead><tbody>{rows}</tbody></table>'
        if rows
        else "<p>Nothing was said.</p>"
    )
    return (
        f'<div class="gca-live gca-snapshot">{style()}<p><strong>Guest chat</strong>{escape(reason)} '
        f"Conversation {escape(conversation_id)}, times in {escape(zone)}.</p>{table}</div>"
    )


def _box(content: str) -> str:
    return f'<div class="gca-live">{content}</div>'


def _name(name: str) -> str:
    """A name that cannot turn the text around it, whatever its letters."""
    return f"<bdi>{escape(name)}</bdi>"


def _person(member: Member, own_id: str) -> str:
    called = _name(member.display_name or "Somebody")
    if member.id == own_id:
        return f"{called} (the guest)"
    return f"{called} ({escape(member.role.lower())})" if member.role else called


def _sender(line: Line) -> str:
    return _name(line.name or ("The guest" if line.own else (line.role or "somebody").capitalize()))


def _words(line: Line) -> str:
    asides = {
        "member-join": "came in",
        "member-leave": "went away",
        "media-request": "asks for another medium: see chat.media_requests()",
    }
    if line.body is None:
        return f"<em>{asides.get(line.body_type, escape(line.body_type))}</em>"
    return escape(line.body)


def _line(line: Line, tz: tzinfo) -> str:
    if line.body is None or line.body_type != "standard":
        words = _words(line)
        said = f"{_sender(line)} {words}" if line.body is None else words
        return f'<div class="gca-aside">{_clock(line.time, tz)} {said}</div>'
    own = " gca-own" if line.own else ""
    return (
        f'<div class="gca-said{own}"><div class="gca-who">{_sender(line)} · {_clock(line.time, tz)}</div>'
        f'<div class="gca-words">{_words(line)}</div></div>'
    )


def _aside(text: str) -> str:
    return f'<div class="gca-aside">{escape(text)}</div>'


def _clock(moment: datetime | None, tz: tzinfo) -> str:
    return "–" if moment is None else in_zone(moment, tz, "%H:%M:%S")


def in_zone(moment: datetime, tz: tzinfo, form: str) -> str:
    """A moment in a zone; a dash where the zone's calendar has none for it."""
    try:
        return moment.astimezone(tz).strftime(form)
    except (OverflowError, ValueError):  # at the ends of the calendar
        return "–"
