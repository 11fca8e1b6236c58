"""The small sample week that comes with the package: opens without an account and without a server."""

from __future__ import annotations

from pathlib import Path

from gcanalytics.details import ConversationDetails

_FOLDERS = (Path(__file__).parent / "_data" / "sample", Path(__file__).parents[1] / "data" / "sample")


def sample() -> ConversationDetails:
    """A week of three queues of a simulated contact center, as a pull gives it.

    ``d = gca.sample(); gca.charts.offered(d.legs, freq="h")``

    About 2,400 conversations of all media (seven in ten are calls) from Monday, 9 November 2026, on; zone
    Europe/Warsaw. Nobody in it is real.
    The wheel carries the files, and a checkout has them under ``data/sample``, written by
    ``tests/make_sample.py``.

    Raises:
        FileNotFoundError: the installation lacks the files.
    """
    for folder in _FOLDERS:
        if folder.is_dir():
            return ConversationDetails.from_parquet(folder)
    raise FileNotFoundError(
        f"the sample week is neither in {_FOLDERS[0]} nor in {_FOLDERS[1]}; install again"
    )
