"""Release: a month's trips scored in the order in which they ended, as a stream would."""

from . import lag
from .lag import Lag
from .replay import Known, Replay, replay, replay_features

__all__ = ["Known", "Lag", "Replay", "lag", "replay", "replay_features"]
