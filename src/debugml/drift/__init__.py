"""Did the data change, and by how much? Knows no taxis: any frames, any columns."""

from .ks import KSResult, KSTable, ks, ks_table, p_by_size

__all__ = ["KSResult", "KSTable", "ks", "ks_table", "p_by_size"]
