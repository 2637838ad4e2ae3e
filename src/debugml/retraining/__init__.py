"""When do I retrain, and what does it cost? Policies, windows, and three years of releases."""

from .forests import Forests, Size
from .frontier import frontier
from .history import History
from .policy import RetrainingPolicy, every, from_alarm, oracle
from .roster import policies
from .simulate import simulate
from .table import policy_table
from .view import View
from .windows import Window, expanding, last, recency

__all__ = [
    "Forests",
    "History",
    "RetrainingPolicy",
    "Size",
    "View",
    "Window",
    "every",
    "expanding",
    "from_alarm",
    "frontier",
    "last",
    "oracle",
    "policies",
    "policy_table",
    "recency",
    "simulate",
]
