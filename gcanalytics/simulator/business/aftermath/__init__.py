"""What conversations get beside their course and after it, in business words; nothing of the platform's API.

A pure function of the conversation: of its id, which is random, and of its events.
"""

from gcanalytics.simulator.business.aftermath.afterwards import Afterwards, follow_up
from gcanalytics.simulator.business.aftermath.collected import Noted, noted

__all__ = ["Afterwards", "Noted", "follow_up", "noted"]
