"""Debug machine learning in production, on real taxi trips.

Names load when first used, so that `import debugml` costs nothing; `__init__.pyi`
lists them.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
