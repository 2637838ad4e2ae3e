from . import (
    alarms as alarms,
    deployment as deployment,
    drift as drift,
    estimates as estimates,
    evidence as evidence,
    features as features,
    glance as glance,
    monitoring as monitoring,
    moved as moved,
    null as null,
    shifts as shifts,
    training as training,
    trips as trips,
)
from .tables import table as table
