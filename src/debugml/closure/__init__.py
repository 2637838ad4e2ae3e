"""Which of the package's definitions does a piece of code reach, and what do they say?

A result or a page is worth keeping while the code that made it is unchanged.
The package as a whole is too coarse a key: a docstring in `drift` would throw
away every forest. So the sources are read, not run: from each name that a
function mentions to its definition, and on from there. The digest covers what
was reached, without comments, docstrings or layout.

The reading is static. It follows imports (also inside functions and conditions),
attributes of modules (`dm.drift.ks_table`), and takes a class as one piece. Where
a name can mean several things, all of them count; a module used as a value, a
star import, or code that cannot be parsed counts as everything that it could
mean. A string that names a file beside its module (`"published.toml"`) counts as
that file's bytes.

It cannot see a name that is looked up as text (`importlib.import_module(name)`),
nor a function that reaches its caller only through a registry that a decorator
fills: write such a registry as a dict that names its functions.
"""

from .reach import PACKAGE_ROOT, Closure, Package, of_function, of_source

__all__ = ["PACKAGE_ROOT", "Closure", "Package", "of_function", "of_source"]
