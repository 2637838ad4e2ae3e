from . import (
    alarms as alarms,
    by_day as by_day,
    closure as closure,
    deployment as deployment,
    drift as drift,
    errors as errors,
    features as features,
    figures as figures,
    horizons as horizons,
    lineage as lineage,
    losses as losses,
    metrics as metrics,
    monitoring as monitoring,
    multiplicity as multiplicity,
    promotion as promotion,
    published as published,
    reproduce as reproduce,
    resampling as resampling,
    retraining as retraining,
    settings as settings,
    study as study,
    summary as summary,
    training as training,
    trips as trips,
)
from .deployment import Replay as Replay, replay as replay
from .features import (
    FEATURES as FEATURES,
    LABEL as LABEL,
    featurize as featurize,
    featurize_as_published as featurize_as_published,
)
from .training import (
    Forest as Forest,
    fit_forest as fit_forest,
    load_model as load_model,
    model_digest as model_digest,
    predict as predict,
    predict_proba as predict_proba,
    save_model as save_model,
    score as score,
)
from .trips import load as load, months_between as months_between
