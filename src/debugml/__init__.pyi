from . import (
    deployment as deployment,
)
from . import (
    drift as drift,
)
from . import (
    errors as errors,
)
from . import (
    features as features,
)
from . import (
    figures as figures,
)
from . import (
    lineage as lineage,
)
from . import (
    metrics as metrics,
)
from . import (
    monitoring as monitoring,
)
from . import (
    published as published,
)
from . import (
    settings as settings,
)
from . import (
    study as study,
)
from . import (
    summary as summary,
)
from . import (
    training as training,
)
from . import (
    trips as trips,
)
from .deployment import Replay as Replay
from .deployment import replay as replay
from .features import (
    FEATURES as FEATURES,
)
from .features import (
    LABEL as LABEL,
)
from .features import (
    featurize as featurize,
)
from .features import (
    featurize_as_published as featurize_as_published,
)
from .training import (
    Forest as Forest,
)
from .training import (
    fit_forest as fit_forest,
)
from .training import (
    load_model as load_model,
)
from .training import (
    predict as predict,
)
from .training import (
    predict_proba as predict_proba,
)
from .training import (
    save_model as save_model,
)
from .training import (
    score as score,
)
from .trips import load as load
from .trips import months_between as months_between
