"""Draws the README's charts from the calls of the sample week: ``python tests/make_images.py``.

The picture of the live view is taken by the browser test (``tests/browser``).
"""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

import gcanalytics as gca

IMAGES = Path(__file__).parents[1] / "notebooks" / "images"


def main() -> None:
    """Writes ``offered.png`` and ``service_level.png``."""
    legs = gca.sample().legs
    calls = legs[legs["mediaType"] == "voice"]
    support = calls[calls["queue"] == "Support"]
    IMAGES.mkdir(parents=True, exist_ok=True)
    drawn = {
        "offered": gca.charts.offered(calls, freq="2h", tz="Europe/Warsaw"),
        "service_level": gca.charts.service_level(support, freq="4h", tz="Europe/Warsaw"),
    }
    for name, axes in drawn.items():
        figure = axes.figure
        assert isinstance(figure, Figure)
        figure.set_size_inches(8, 4.2)
        figure.savefig(IMAGES / f"{name}.png", dpi=110)


if __name__ == "__main__":
    main()
