"""Release: a month's trips scored in the order in which they ended, as a stream would."""

from .feeding import Fed, compare_feeds, feed
from .lag import Lag
from .replay import Known, Replay, replay, replay_features

__all__ = [
    "Fed",
    "Known",
    "Lag",
    "Replay",
    "compare_feeds",
    "feed",
    "replay",
    "replay_features",
]
