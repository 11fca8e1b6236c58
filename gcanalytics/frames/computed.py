"""The columns that we compute, a line each: name, kind, unit, note. Read by ``schema``; no computing here."""

from __future__ import annotations

# Parts that several tables share.
_LEG_KEY = """
conversationId text - key, with participant_no and session_no
participant_no ordinal - place of the participant in its conversation, from 0
session_no ordinal - place of the session in its participant, from 0
participantId text - the participant's id, where the record has one
sessionId text - the session's id, where the record has one
"""

LEGS = (
    _LEG_KEY
    + """
queueId text - the queue of the offer
queue text - its name, or its id where the name is unknown
mediaType text - voice, chat, email, message, callback ...
direction text - inbound or outbound
kind text - customer, or consult where an agent asked the queue for a colleague
offered_at instant - emitDate of nOffered (start of the acd session where that metric is missing)
ended_at instant - when the offer was answered, abandoned or left the queue; empty while open
wait_s seconds s tAnswered, tAbandon or tFlowOut, else tAcd, else ended_at - offered_at; empty while open
outcome text - answered (of a callback, which has no tAnswered: an agent took it), abandoned, flow_out, open
answered_at instant - emitDate of tAnswered of the agent who took it; of a callback, when he was connected
userId text - who answered
agent text - the name of who answered, or the id
agent_participant_no optional_ordinal - key of the handling that answered
agent_session_no optional_ordinal - key of the handling that answered
no_answers ordinal - agents that were alerted for this offer and did not answer
flowOutType text - where the flow led, where the outcome is flow_out
short_abandon flag - abandoned below the organisation's threshold (tShortAbandon); empty if not abandoned
sl_target_s number s the queue's service level target for this medium, where the queue has one
sl_target number - the share of offers that is to be answered within sl_target_s, 0 to 1
divisionIds texts - divisions of the conversation
in_scope yes - whether the pull's own filters match this row
"""
)

HANDLINGS = (
    _LEG_KEY
    + """
userId text - the agent's user id
agent text - the agent's name, or the id
queueId text - the queue of the session's first segment that has one
queue text - its name, or its id
mediaType text - voice, chat, email, message, callback ...
direction text - inbound or outbound
result text - answered, no_answer, declined, direct, outbound, callback (a call), monitoring, withdrawn, open
alerted_at instant - start of the first alert
connected_at instant - start of the first segment with the other side on it
ended_at instant - end of the last segment, after-call work included; empty while open
handled_at instant - emitDate of tHandle, the time in whose bucket the platform counts the handling
alert_s seconds s tAlert, summed
talk_s seconds s tTalk, summed (tTalkComplete repeats the sum and is not added)
hold_s seconds s tHeld, summed (tHeldComplete repeats the sum and is not added)
acw_s seconds s tAcw, summed
handle_s number s tHandle, summed; empty where the record has none yet
wrapUpCode text - the last wrap-up code of the session
wrap_up text - its name, or the code
transfer text - none, blind or consult: how the agent passed the conversation on
leg_participant_no optional_ordinal - key of the leg that this session was alerted for
leg_session_no optional_ordinal - key of the leg that this session was alerted for
in_scope yes - whether the pull's own filters match this row
"""
)

INTERACTIONS = """
conversationId text - key
mediaType text - of the first session that has one
direction text - originatingDirection
started_at instant - conversationStart
ended_at instant - conversationEnd; empty while ongoing
first_queueId text - queue of the first customer leg (else of the first agent session)
first_queue text - its name, or its id
last_queueId text - queue of the last customer leg (else of the last agent session)
last_queue text - its name, or its id
agents texts - names of all agents who had it, in order, each once
offers ordinal - number of customer legs
answered yes - any customer leg was answered, or an agent had it without one (direct, outbound)
abandoned yes - the last customer leg was abandoned
wait_s seconds s waits of the customer legs, summed
talk_s seconds s of all handlings, summed
hold_s seconds s of all handlings, summed
acw_s seconds s of all handlings, summed
handle_s number s of all handlings that have one, summed
transfers ordinal - number of transfers between agents and queues
wrap_ups texts - names of the wrap-up codes, in order
in_scope yes - whether the pull's own filters match any segment of it
"""

TRANSFERS = """
conversationId text - key
at instant - when the transfer was made
kind text - blind or consult
from_queueId text - the queue in which the giving agent worked
from_queue text - its name, or its id
userId text - the agent who passed it on
agent text - the agent's name, or the id
to_queueId text - the queue that got it; empty where it went straight to an agent
to_queue text - its name, or its id
to_userId text - the agent who got it, where one answered
to_agent text - the agent's name, or the id
in_scope yes - whether the pull's own filters match the giving agent's part
"""

TABLES: dict[str, str] = {
    "legs": LEGS,
    "handlings": HANDLINGS,
    "interactions": INTERACTIONS,
    "transfers": TRANSFERS,
}
