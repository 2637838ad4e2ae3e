"""Is the new model good enough to ship? Is the process?"""

from .candidate import Candidate, scored
from .checks import DataLimits, Facts, check_data
from .criteria import Criterion, Rules
from .decision import Decision
from .evidence import Draws, Estimate, slice_skills
from .gate import Gate
from .reviews import reviewed
from .rolling import cleared, folds, gated_history, rolling_validation
from .service import Served, plan

__all__ = [
    "Candidate",
    "Criterion",
    "DataLimits",
    "Decision",
    "Draws",
    "Estimate",
    "Facts",
    "Gate",
    "Rules",
    "Served",
    "check_data",
    "cleared",
    "folds",
    "gated_history",
    "plan",
    "reviewed",
    "rolling_validation",
    "scored",
    "slice_skills",
]
