"""Figures and tables of the talk and the book: results in, pictures out.

One module a topic. A figure takes result frames, never trips, and says in its
alt text what it shows, with the numbers of the frame that it was given.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
