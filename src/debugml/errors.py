"""The package's own errors: each says what is wrong, where, and the way out."""


class DebugmlError(Exception):
    """Base of every error that debugml raises on purpose."""


class MonthError(DebugmlError, ValueError):
    """A month that cannot be read as ``YYYY-MM``, or that the source does not hold."""


class DataError(DebugmlError):
    """A data file that is absent, damaged, or not what its name promises."""


class SchemaError(DataError):
    """A frame or file whose columns are missing or of the wrong type."""


class SettingError(DebugmlError, ValueError):
    """An argument or environment variable with a value that debugml does not know."""


class RecordsError(DebugmlError, ValueError):
    """Records that can't be scored or compared: none, of unequal length, or out of range."""


class StoreError(DebugmlError):
    """A result or lineage store that cannot be read or written."""


class RenderError(DebugmlError):
    """A page that cannot be rendered: file, line and reason are in the message."""


class CheckError(DebugmlError):
    """An exercise that can't be checked: no such exercise, or no way to check it here."""
