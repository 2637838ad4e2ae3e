"""Release: a month's trips scored in the order in which they ended, as a stream would."""

from .replay import Replay, replay, replay_features

__all__ = ["Replay", "replay", "replay_features"]
