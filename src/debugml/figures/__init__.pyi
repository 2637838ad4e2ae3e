from . import (
    deployment as deployment,
    drift as drift,
    features as features,
    training as training,
    trips as trips,
)
from .tables import table as table
