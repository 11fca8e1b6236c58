"""Measures of a pull: frame to frame, from ``details.legs`` and ``details.handlings`` to counts, rates and
times.

    measures.summary(d.legs, d.handlings)            by queue and medium: volume, service level, ASA, AHT
    measures.volume(d.legs, by=None, freq="30min")   by outcome, every half hour
    measures.service_level(d.legs, by="agent", threshold_s=20)

What they share:

**Scope.** A query for a queue returns whole conversations, with legs of other queues. Rows with
``in_scope`` False are left out of every measure; ``result.attrs["out_of_scope"]`` says how many.

**Media.** An e-mail waits for hours and a call for seconds. Measures stand by queue and medium, as the
platform's own do; ``by="queue"`` adds media up, and so does every ``by`` without ``"mediaType"``: take the
rows of one medium first (``d.legs[d.legs["mediaType"] == "voice"]``) where that would say nothing. A callback
is answered when an agent took it, whether or not the customer was reached then; the platform itself gives
callbacks no answers, abandons and service level.

**Time.** With ``freq`` each number stands in the bucket of the moment at which the platform emits it: an
offer at ``offered_at``, an answer at ``answered_at``, an abandon or a flow-out at ``ended_at``, handle time
at ``handled_at``. Buckets follow the clock of ``tz`` through its changes.

**Interval.** A pull has what started in its interval, whatever became of it later. With ``interval=``, and
always for a padded pull, only numbers of that time are counted: those that the platform itself gives for it.

**Complete.** A bucket is complete if no conversation outside the pull can touch it: it lies in the interval
that was asked for, it was over when the pull was made, and it begins late enough. Late enough is the
start of what was pulled (``pad="1D"``: a day before the interval) plus the longest time that the pull shows
between the start of a conversation and a number of it. That time is taken of each medium by itself, for
e-mails last for days: grouped by ``mediaType`` each row is judged by its own, otherwise by the slowest of
the media that the frame has. ``d.legs[d.legs["mediaType"] == "voice"]`` is judged by calls alone. No bucket
of a pull that is short of conversations is complete. Without a known interval ``complete`` is NA.

**Rates** are quotients of the sums in the same row, never means of percentages; without a denominator NA.
"""

from gcanalytics.measures.handling import aht, transfer_rate
from gcanalytics.measures.overview import summary
from gcanalytics.measures.queueing import abandon_rate, asa, service_level, volume, wait_percentiles

__all__ = [
    "abandon_rate",
    "aht",
    "asa",
    "service_level",
    "summary",
    "transfer_rate",
    "volume",
    "wait_percentiles",
]
