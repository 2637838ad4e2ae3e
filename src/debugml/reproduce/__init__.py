"""Make a figure of the talk or the book again, and compare what it was drawn from.

`shown` says which results each figure rests on, by reading the pages; `reproduce` runs
a page's cells twice, once with kept results and once with all of them computed anew.
"""

from .again import ALL, reproduce, run_page
from .outcome import Outcome
from .shown import record_shown, shown

__all__ = ["ALL", "Outcome", "record_shown", "reproduce", "run_page", "shown"]
