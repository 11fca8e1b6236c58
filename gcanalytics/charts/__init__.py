"""Pictures of a pull: frame to Axes, made without pyplot, so from any thread and without a screen.

    charts.offered(d.legs, freq="30min")          offers by outcome along time
    charts.service_level(d.legs, freq="h")        the share answered within the target
    charts.waits(d.legs)                          how long people waited
    charts.heat_map(d.legs)                       a number for each hour of the week
    charts.handle_time(d.handlings, by="agent")   talk, hold and after-call work
    charts.timeline(d, conversation_id)           one conversation
    charts.agent_status(history)                  what each agent did when
    charts.occupancy(performance)                 time on queue spent interacting, by agent
    charts.staffing(sums)                         how many agents were there, and what they did

As the last line of a notebook cell each shows itself; ``ax.figure.savefig("x.png")`` writes it. With
``ax=`` it draws into axes of yours. The subtitle says how many rows it rests on (n), how many the pull's
filter leaves out, and the zone; buckets that are not complete are hatched.
"""

from gcanalytics.charts.handling import handle_time
from gcanalytics.charts.journey import timeline
from gcanalytics.charts.over_time import offered, service_level
from gcanalytics.charts.people import agent_status, occupancy, staffing
from gcanalytics.charts.waiting import heat_map, waits

__all__ = [
    "agent_status",
    "handle_time",
    "heat_map",
    "occupancy",
    "offered",
    "service_level",
    "staffing",
    "timeline",
    "waits",
]
