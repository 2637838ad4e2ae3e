from . import (
    deployment as deployment,
    drift as drift,
    estimates as estimates,
    features as features,
    monitoring as monitoring,
    moved as moved,
    training as training,
    trips as trips,
)
from .tables import table as table
