"""Whether all threads of the package have ended."""

import threading

DEADLINE_S = 30.0


def assert_no_thread_stays() -> None:
    """All of the package's threads with a hyphened name end; one that was told to may take a moment."""
    threads = [each for each in threading.enumerate() if each.name.startswith("gcanalytics-")]
    for each in threads:
        each.join(DEADLINE_S)
    assert not [each for each in threads if each.is_alive()]
