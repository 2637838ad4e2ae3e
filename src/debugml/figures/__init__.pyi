from . import deployment as deployment
from . import drift as drift
from . import features as features
from . import training as training
from . import trips as trips
from .tables import table as table
