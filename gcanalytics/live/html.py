"""The regions of the live view as HTML, and its static snapshot. Every text from outside is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gcanalytics.notebook.style import CSS

from .screen import Line, Screen, duration_text
from .waits import MediaWait

__all__ = ["header", "log", "saved", "snapshot", "sparkline", "still", "style", "summary", "table", "tiles"]

_PILL = {"live": "ok", "paused": "warn", "reconnecting": "warn", "stale": "warn", "failed": "alarm"}
_DOT = {"waiting": "warn", "alerting": "warn", "interacting": "ok", "on hold": "ok"}
"""Colour of a status's dot; of the others quiet."""
_SHORT_LOG = 12


def _box(content: str, screen: Screen, *, body: bool = True) -> str:
    """The wrapper that carries the theme; a body is dimmed while what it shows may be out of date."""
    stale = " gca-stale" if screen.stale else ""
    return (
        f'<div class="gca-live{stale}"><div class="{"gca-body" if body else "gca-top"}">{content}</div></div>'
    )


def style() -> str:
    """The rules, for a region of their own that never changes."""
    return f"<style>{CSS}</style>"


def header(screen: Screen) -> str:
    """Queues, status pill, reason, counts and the time of the last message."""
    facts = [f"{screen.events} events", f"{screen.conversations} conversations"]
    facts.append(f"updated {screen.heard}" if screen.heard else "nothing heard yet")
    if screen.phase == "paused":
        facts.append(f"{screen.new} new since Pause")
    if screen.dropped:
        facts.append(f"{screen.dropped} dropped")
    if screen.malformed:
        facts.append(f"{screen.malformed} unreadable")
    if screen.skew_s:
        facts.append(f"platform's clock {_skew(screen.skew_s)}")
    detail = f"<span>{escape(screen.detail)}</span>" if screen.detail else ""
    return _box(
        f'<div class="gca-head"><span class="gca-title">{escape(screen.title)}</span>'
        f'<span class="gca-pill gca-{_PILL.get(screen.phase, "quiet")}" role="status" aria-live="polite">'
        f"{escape(screen.phase)}</span>{detail}"
        f'<span class="gca-quiet">{escape(" · ".join(facts))}</span></div>',
        screen,
        body=False,
    )


def _skew(seconds: float) -> str:
    size = abs(seconds)
    text = f"{size / 86_400:.1f} days" if size >= 172_800 else duration_text(size)
    return f"{text} {'ahead' if seconds > 0 else 'behind'}"


def _number(screen: Screen, count: int | None) -> str:
    """A count, or a dash as long as nothing was ever read: a zero would be a claim."""
    return "–" if count is None or not screen.known else str(count)


def tiles(screen: Screen) -> str:
    """The big numbers. Severity is said with a symbol and words, not with colour alone."""
    numbers = screen.tiles
    first = screen.waits[0] if screen.waits else None
    severity = first.severity if first else ""
    alerting = f"+ {numbers.alerting} alerting" if numbers.alerting else ""
    wrap_up = f"+ {numbers.wrap_up} in wrap-up" if numbers.wrap_up else ""
    content = (
        _tile("Waiting", _number(screen, numbers.waiting), _notes(*_counts(screen), alerting), severity)
        + _tile("Interacting", _number(screen, numbers.interacting), wrap_up)
        + _tile("On-queue agents", _number(screen, numbers.on_queue), _agents(screen))
        + _longest(first, screen.waits[1:])
    )
    partial = f'<div class="gca-quiet">{escape(screen.partial)}</div>' if screen.partial else ""
    return _box(f'<div class="gca-tiles">{content}</div>{partial}', screen)


def _notes(*notes: str) -> str:
    """Several short notes in one line, which breaks only between them."""
    return " · ".join(note.replace(" ", "\u00a0") for note in notes if note)


def _counts(screen: Screen) -> list[str]:
    """How many wait in which medium, where there are several."""
    waits = screen.waits
    return [f"{wait.waiting} {wait.media}" for wait in waits] if len(waits) > 1 else []


def _longest(first: MediaWait | None, others: Sequence[MediaWait]) -> str:
    """The longest wait of the first medium (calls before chats before e-mails), and the others' beside it."""
    if first is None:
        return _tile("Longest wait", duration_text(None))
    over = f"▲ over {duration_text(first.over_s)}" if first.severity else ""
    return _tile(
        f"Longest wait, {first.media}",
        duration_text(first.longest_s),
        _notes(over, *(_wait(other) for other in others)),
        first.severity,
    )


def _wait(wait: MediaWait) -> str:
    return f"{'▲ ' if wait.severity else ''}{wait.media} {duration_text(wait.longest_s)}"


def _agents(screen: Screen) -> str:
    counts = screen.tiles.agents
    if counts is None:
        return "not readable" if screen.known else ""
    names = ("IDLE", "INTERACTING", "COMMUNICATING", "NOT_RESPONDING")
    shown = [f"{counts[name]} {name.replace('_', ' ').lower()}" for name in names if counts.get(name)]
    return _notes(*shown)


def _tile(label: str, value: str, note: str = "", severity: str = "") -> str:
    mark = f" gca-{severity}" if severity else ""
    return (
        f'<div class="gca-tile{mark}"><div class="gca-label">{escape(label)}</div>'
        f'<div class="gca-value">{escape(value)}</div><div class="gca-note">{escape(note)}</div></div>'
    )


def table(screen: Screen) -> str:
    """The ongoing conversations, or a sentence where there are none."""
    if not screen.lines:
        where = "these queues" if screen.several_queues else "this queue"
        what = (
            "The view is connected; rows appear as conversations arrive."
            if screen.phase in {"live", "paused"}
            else "The view is not connected."
        )
        return _box(f'<div class="gca-empty">No ongoing conversations in {where}.<br>{what}</div>', screen)
    return _box(_table(screen, screen.lines, screen.more), screen)


def _table(screen: Screen, lines: Sequence[Line], more: int) -> str:
    queue = '<th scope="col">Queue</th>' if screen.several_queues else ""
    rows = "".join(_row(line, screen.several_queues) for line in lines)
    rest = f'<div class="gca-quiet">and {more} more</div>' if more else ""
    return (
        '<table class="gca-table"><thead><tr><th scope="col">State</th>'
        '<th scope="col" class="gca-number">Duration</th>'
        f'<th scope="col">Media</th>{queue}<th scope="col">Agent</th><th scope="col">Remote</th>'
        f'<th scope="col">Conversation</th></tr></thead><tbody>{rows}</tbody></table>{rest}'
    )


def _row(line: Line, several_queues: bool) -> str:
    queue = f"<td>{escape(line.queue)}</td>" if several_queues else ""
    long_wait = "▲ " if line.severity else ""
    tone = f" gca-{line.severity}" if line.severity else ""
    dot = f'<span class="gca-{_DOT.get(line.status, "quiet")}" aria-hidden="true">●</span>'
    return (
        f"<tr><td>{dot} {escape(line.status)}</td>"
        f'<td class="gca-number{tone}">{long_wait}{duration_text(line.duration_s)}</td>'
        f"<td>{escape(line.media)}</td>{queue}"
        f"<td>{escape(line.agent)}</td><td>{escape(line.remote)}</td>"
        f'<td title="{escape(line.conversation_id)}">{escape(line.conversation_id[:8])}</td></tr>'
    )


def sparkline(history: Sequence[tuple[int, int]], seconds: int, screen: Screen) -> str:
    """How many waited over the last minutes, as a line that starts with the first sample.

    Args:
        history: a second each: who waited, e-mails left out, and the e-mails. These stand for hours, and
            would make the line of all a straight one; they are drawn where nobody else waits.
        seconds: length of the whole axis.
        screen: the moment it is drawn.
    """
    others, mails = any(other for other, _ in history), any(mail for _, mail in history)
    values = [other if others else mail for other, mail in history]
    peak = max(values, default=0)
    left_out = " without e-mails" if others and mails else ""
    caption = f"Waiting{left_out}, last {_span(seconds)} (max {peak})"
    points = _points(values, seconds, max(peak, 1))
    drawn = ""
    if points:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        area = f"{points[0][0]:.1f},70 {line} {points[-1][0]:.1f},70"
        drawn = (
            f'<polygon points="{area}" fill="var(--gca-line)" opacity=".16"/>'
            f'<polyline points="{line}" fill="none" stroke="var(--gca-line)" stroke-width="1.8" '
            'vector-effect="non-scaling-stroke"/>'
        )
    now = values[-1] if values else 0
    return _box(
        f'<div class="gca-caption">{caption}</div><svg class="gca-spark" viewBox="0 0 400 72" '
        f'preserveAspectRatio="none" role="img" aria-label="{caption}, now {now}">'
        '<line x1="0" y1="70.5" x2="400" y2="70.5" '
        f'stroke="var(--gca-quiet)" stroke-width=".6"/>{drawn}</svg>',
        screen,
    )


def _span(seconds: int) -> str:
    return f"{seconds // 60} min" if seconds >= 120 else f"{seconds} s"


def _points(history: Sequence[int], seconds: int, peak: int) -> list[tuple[float, float]]:
    step = 400 / max(seconds - 1, 1)
    start = 400 - step * (len(history) - 1)
    return [(start + step * index, 70 - 64 * value / peak) for index, value in enumerate(history)]


def log(screen: Screen) -> str:
    """The newest events first."""
    lines = "".join(f"<div>{escape(line)}</div>" for line in screen.log[:_SHORT_LOG])
    return _box(f'<div class="gca-caption">Events</div><div class="gca-log">{lines}</div>', screen)


def summary(screen: Screen) -> str:
    """The moment in one line of plain text."""
    numbers = screen.tiles
    waits = ", ".join(f"{wait.media} {duration_text(wait.longest_s)}" for wait in screen.waits)
    wait = f" (longest {waits})" if waits else ""
    agents = "" if numbers.on_queue is None else f", {numbers.on_queue} agents on queue"
    counts = f"{numbers.waiting} waiting{wait}, {numbers.interacting} interacting{agents}"
    if not screen.known:
        counts = "nothing known yet" if screen.stale else "only what changes is known"
    return f"Live view of {screen.title}: {screen.phase}, {counts}; last message {screen.heard or 'never'}"


def saved(screen: Screen) -> str:
    """A small line that tells something in a notebook that was saved while the view was live."""
    text = f"{screen.taken} {summary(screen)}. A notebook that is saved without Stop keeps this line."
    line = f'<div class="gca-quiet" style="font-size:11px">{escape(text)}</div>'
    return f'<div class="gca-live">{line}</div>'


def still(screen: Screen, *, note: str = "") -> str:
    """The whole moment as one piece of static HTML, for a front end that shows no widget moving."""
    said = f'<div class="gca-live"><p class="gca-quiet">{escape(note)}</p></div>' if note else ""
    return style() + header(screen) + tiles(screen) + said + table(screen) + log(screen)


def snapshot(screen: Screen, *, reason: str, gaps: Sequence[str] = (), totals_only: bool = False) -> str:
    """What stays in the notebook: words and tables, readable also where styles and drawings are stripped."""
    numbers = screen.tiles
    counts = _notes(*_counts(screen))
    cells = [
        ("Waiting", _number(screen, numbers.waiting) + (f" ({counts})" if counts else "")),
        ("Alerting", _number(screen, numbers.alerting)),
        ("Interacting", _number(screen, numbers.interacting)),
        ("In wrap-up", _number(screen, numbers.wrap_up)),
        ("Longest wait", _notes(*(_wait(wait) for wait in screen.waits)) or duration_text(None)),
        (
            "On-queue agents",
            _number(screen, numbers.on_queue) + (f" ({_agents(screen)})" if _agents(screen) else ""),
        ),
    ]
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name, _ in cells)
    values = "".join(f"<td>{escape(value)}</td>" for _, value in cells)
    parts = [
        style(),
        f"<p><strong>Live view of {escape(screen.title)}</strong>, {escape(reason)} {escape(screen.taken)}. "
        f"{screen.events} events, {screen.conversations} conversations seen"
        f"{f', {screen.dropped} events dropped' if screen.dropped else ''}. "
        f"Last message {escape(screen.heard or 'never')}. {escape(screen.partial)}</p>",
        f'<table class="gca-table"><thead><tr>{heads}</tr></thead><tbody><tr>{values}</tr></tbody></table>',
    ]
    if gaps:
        parts.append(f"<p>Without events: {escape('; '.join(gaps))}. What came and went then is unknown.</p>")
    if not totals_only:
        parts.append(f"<p><strong>Ongoing conversations</strong> ({len(screen.lines) + screen.more})</p>")
        parts.append(_table(screen, screen.lines, screen.more) if screen.lines else "<p>None.</p>")
        lines = "".join(f"<li>{escape(line)}</li>" for line in screen.log[:_SHORT_LOG])
        parts.append(f"<p><strong>Latest events</strong></p><ul>{lines}</ul>")
    return f'<div class="gca-live gca-snapshot">{"".join(parts)}</div>'
