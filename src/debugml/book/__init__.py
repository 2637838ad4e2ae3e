"""Pages of the book that are written from sources: the reference, the index of figures."""

from .pages import write_pages

__all__ = ["write_pages"]
