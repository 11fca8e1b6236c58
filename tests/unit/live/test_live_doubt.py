"""Events that may be missing while the connection holds: a gap, and the present is read again."""

from gcanalytics.transport.listener import Doubt, Overflow

from .still_session import StillSession


def test_a_doubt_or_an_overflow_wants_the_present_anew_and_is_a_gap_then() -> None:
    for item, said in (
        (Doubt("a message could not be read"), "could not be read"),
        (Overflow(3), "3 events"),
    ):
        session = StillSession()
        session._take([item, item])
        assert session._snapshot_at is not None
        assert session._snapshot_at > session._clock()  # it was read just now: not in every moment
        session._present("")
        assert [gap.reason for gap in session.gaps] == [session.gaps[0].reason]
        assert said in session.gaps[0].reason
        notes = [entry.text for entry in session.state.entries if entry.kind == "connection"]
        assert sum("reading the present again" in text for text in notes) == 1
