"""Pages that were got elsewhere, to Parquet files, in bounded memory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gcanalytics.details.dataset import Dataset
from gcanalytics.details.report import PullReport
from gcanalytics.details.shapes import taken
from gcanalytics.details.spool import Spool
from gcanalytics.frames.names import Names
from gcanalytics.frames.scope import Scope


def pages_to_parquet(
    pages: Iterable[Any],
    folder: str | os.PathLike[str],
    *,
    names: Names | None = None,
    scope: Scope | None = None,
    overwrite: bool = False,
) -> PullReport:
    """Write the tables of any number of pages, a file a table and UTC day, without holding them in memory.

    ``gca.pages_to_parquet(pages, "out/")``, then ``gca.ConversationDetails.from_parquet("out/")``, or
    ``pandas.read_parquet("out/segments.parquet")`` for one table. The tables are those of
    ``ConversationDetails.from_pages(pages)``. Interrupted, it leaves a folder that nothing opens, and begins
    anew when it is called again.

    Args:
        pages: responses of the details query or of a job, lists of conversations, or single ones; each as
            bytes of JSON, or decoded.
        folder: made where it is missing.
        names: names for ids, ``gc.directory.names()``.
        scope: what the pages were asked for.
        overwrite: take the place of whatever pull is in the folder.

    Returns:
        The report.

    Raises:
        ApiError: a page is no JSON, or JSON of another shape, such as the body of an error.
        QueryError: the folder holds a pull, or it is a single page and no list of them.
        OSError: a file cannot be written.
    """
    started = time.monotonic()
    dataset = Dataset(Path(folder), {"source": "pages"}, overwrite=overwrite)
    spool = Spool(Path(folder), names=names, scope=scope)
    read, first, last = 0, None, None
    for summary in taken(pages, spool.add):
        told = summary.total_hits
        read += 1
        if told is not None:
            first, last = told if first is None else first, told
    spool.finish()
    costs = {
        "pages": read,
        "duplicates": spool.duplicates,
        "total_hits_first": first,
        "total_hits_last": last,
        "elapsed_s": time.monotonic() - started,
    }
    return dataset.finish(names or Names.empty(), scope or Scope(), costs=costs, source="pages")
