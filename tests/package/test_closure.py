"""The closure reaches what a piece of code depends on, and nothing else."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from debugml.closure import Closure, of_function, of_source

Write = Callable[..., None]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    return tmp_path / "shop"


@pytest.fixture
def write(root: Path) -> Write:
    def files(**modules: str) -> None:
        for name, text in modules.items():
            path = root.joinpath(*name.split("/")).with_suffix(".py")
            path.parent.mkdir(exist_ok=True)
            if path.parent != root and not (path.parent / "__init__.py").exists():
                (path.parent / "__init__.py").touch()
            path.write_text(text)

    return files


def reached(root: Path, source: str) -> Closure:
    return of_source(source, root)


BASE = "def f():\n    return 1\n\ndef g():\n    return f()\n\ndef h():\n    return 3\n"
PAGE = "from shop.a import g\ng()"


def test_a_body_counts_and_a_docstring_comment_or_layout_does_not(root: Path, write: Write) -> None:
    write(a=BASE)
    before = reached(root, PAGE)
    assert before.names == ("shop.a.f", "shop.a.g")
    same = '"""About."""\n# A comment\ndef f():\n    """Doc."""\n    return (1)\n'
    write(a=same + "\n\ndef g():\n    return (\n        f()\n    )\n\n\ndef h(): return 4\n")
    assert reached(root, PAGE).digest == before.digest
    write(a=BASE.replace("return 1", "return 2"))
    assert reached(root, PAGE).digest != before.digest


@pytest.mark.parametrize("change", ["return 3", "def h():"])
def test_an_unrelated_function_does_not_count(root: Path, write: Write, change: str) -> None:
    write(a=BASE)
    before = reached(root, PAGE).digest
    write(a=BASE.replace(change, change.replace("3", "4").replace("h", "renamed")))
    assert reached(root, PAGE).digest == before


# Each case: modules, the page, and the definition whose change must be seen.
SEEN: dict[str, tuple[dict[str, str], str, str]] = {
    "import inside a function": (
        {"a": "def g():\n    from .b import x\n    return x()\n"},
        PAGE,
        "b.x",
    ),
    "two imports of one name in one function": (
        {"a": "def g(n):\n    if n:\n        from .c import x\n    else:\n"
              "        from .b import x\n    return x()\n", "c": "def x(): pass\n"},
        PAGE,
        "b.x",
    ),
    "one method imports a name, another uses the module's": (
        {"a": "from .b import x\n\nclass g:\n    def one(self):\n        from .c import x\n"
              "        return x()\n\n    def two(self):\n        return x()\n",
         "c": "def x(): pass\n"},
        PAGE,
        "b.x",
    ),
    "try import": (
        {"a": "try:\n    from .b import x\nexcept ImportError:\n    x = None\n\n"
              "def g():\n    return x()\n"},
        PAGE,
        "b.x",
    ),
    "conditional import": (
        {"a": "import sys\nif sys.platform:\n    from .b import x\n\ndef g():\n    return x()\n"},
        PAGE,
        "b.x",
    ),
    "else of TYPE_CHECKING": (
        {"a": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .c import y\n"
              "else:\n    from .b import x\n\ndef g():\n    return x()\n"},
        PAGE,
        "b.x",
    ),
    "conditional definition": (
        {"a": "from .b import x\nif x:\n    def g():\n        return 1\n"},
        PAGE,
        "b.x",
    ),
    "decorator": ({"a": "from .b import x\n\n@x\ndef g(): pass\n"}, PAGE, "b.x"),
    "decorator with arguments": (
        {"a": "from . import b\n\n@b.x(1)\ndef g(): pass\n"},
        PAGE,
        "b.x",
    ),
    "default argument": ({"a": "from .b import x\n\ndef g(n=x()): pass\n"}, PAGE, "b.x"),
    "base class": ({"a": "from .b import x\n\nclass g(x): pass\n"}, PAGE, "b.x"),
    "metaclass": ({"a": "from .b import x\n\nclass g(metaclass=x): pass\n"}, PAGE, "b.x"),
    "class attribute": ({"a": "from .b import x\n\nclass g:\n    y = x()\n"}, PAGE, "b.x"),
    "method": ({"a": "from .b import x\n\nclass g:\n    def m(self): return x()\n"}, PAGE, "b.x"),
    "nested function": (
        {"a": "from .b import x\n\ndef g():\n    def inner():\n        return x()\n"
              "    return inner\n"},
        PAGE,
        "b.x",
    ),
    "comprehension": ({"a": "from .b import x\n\ndef g(): return [x(i) for i in 'ab']\n"},
                      PAGE, "b.x"),
    "lambda, f-string, star": (
        {"a": "from .b import x\n\ndef g(): return lambda: f'{max(*[x()])}'\n"}, PAGE, "b.x"),
    "match": (
        {"a": "from . import b\n\ndef g(n):\n    match n:\n        case b.x(): return 1\n"},
        PAGE,
        "b.x",
    ),
    "attribute of a call": ({"a": "from .b import x\n\ndef g(): return x().y.z\n"}, PAGE, "b.x"),
    "module alias in a variable": (
        {"a": "from . import b\n\ndef g():\n    it = b\n    return it.x()\n"},
        PAGE,
        "b.x",
    ),
    "module as an argument": (
        {"a": "from . import b\n\ndef g(): return getattr(b, 'x')()\n"}, PAGE, "b.x"),
    "package as a value reaches its modules": (
        {"a": "import shop.d\n\ndef g():\n    it = shop.d\n    return it.b.x()\n",
         "d/b": "def x(): return 1\n"},
        PAGE,
        "d.b.x",
    ),
    "package as a value reaches its re-exports": (
        {"a": "from . import d\n\ndef g():\n    it = d\n    return it.x()\n",
         "d/__init__": "from ..b import x\n"},
        PAGE,
        "b.x",
    ),
    "re-export": (
        {"a": "from .d import x\n\ndef g(): return x()\n", "d": "from .b import x\n"}, PAGE, "b.x"),
    "re-export under a submodule's name": (
        {"a": "from . import d\n\ndef g(): return d.b()\n",
         "d/__init__": "from ..b import x as b\n", "d/b": "y = 1\n"},
        PAGE,
        "b.x",
    ),
    "a submodule named as the function that it exports": (
        {"a": "from .d.y import x\n\ndef g(): return x()\n",
         "d/__init__": "from .y import y\n", "d/y": "def y(): pass\n\ndef x(): return 1\n"},
        PAGE,
        "d.y.x",
    ),
    "star import": ({"a": "from .b import *\n\ndef g(): return x()\n"}, PAGE, "b.x"),
    "star re-export": (
        {"a": "from .d import x\n\ndef g(): return x()\n", "d": "from .b import *\n"}, PAGE, "b.x"),
    "star import on the page": ({"a": "y = 1\n"}, "from shop.b import *\nx()", "b.x"),
    "import with dots": ({"a": "y = 1\n"}, "import shop.b\nshop.b.x()", "b.x"),
    "import as": ({"a": "y = 1\n"}, "import shop.b as it\nit.x()", "b.x"),
    "import inside a block of the page": (
        {"a": "y = 1\n"}, "with open('f'):\n    from shop.b import x\nx()", "b.x"),
    "magic that runs code": ({"a": "y = 1\n"}, "import shop.b\n%time shop.b.x()", "b.x"),
    "magic with options": ({"a": "y = 1\n"}, "import shop.b\n%timeit -q shop.b.x()", "b.x"),
    "code that cannot be parsed": ({"a": "y = 1\n"}, "this is no Python(", "b.x"),
    "constant": ({"a": "from .b import x\nLIMIT = x()\n\ndef g(): return LIMIT\n"}, PAGE, "b.x"),
    "unpacked constant": (
        {"a": "from .b import x\nLOW, HIGH = x()\n\ndef g(): return HIGH\n"}, PAGE, "b.x"),
    "registry filled by item": (
        {"a": "from .b import x\nTABLE = {}\nTABLE['x'] = x\n\ndef g(): return TABLE['x']()\n"},
        PAGE,
        "b.x",
    ),
    "registry filled by a call": (
        {"a": "from .b import x\nTABLE = []\nTABLE.append(x)\n\ndef g(): return TABLE[0]()\n"},
        PAGE,
        "b.x",
    ),
    "registry filled in a loop": (
        {"a": "from .b import x\nTABLE = []\nfor it in (x,):\n    TABLE.append(it)\n\n"
              "def g(): return TABLE[0]()\n"},
        PAGE,
        "b.x",
    ),
    "another module patched on import": (
        {"a": "from . import b, c\nc.y = b.x\n\ndef g(): return c.y()\n", "c": "y = 1\n"},
        PAGE,
        "b.x",
    ),
    "effect of an import": (
        {"a": "from . import c\n\ndef g(): return 1\n", "c": "from .b import x\nx()\n"},
        PAGE,
        "b.x",
    ),
    "effect in the package itself": (
        {"a": "def g(): return 1\n", "__init__": "from .b import x\nx()\n"}, PAGE, "b.x"),
    "augmented constant": (
        {"a": "from .b import x\nN = 1\nN += x()\n\ndef g(): return N\n"}, PAGE, "b.x"),
    "overload": (
        {"a": "from .b import x\n\ndef g(): return 1\n\ndef g(): return x()\n"}, PAGE, "b.x"),
    "annotation": ({"a": "from .b import x\n\ndef g(n: x) -> x: pass\n"}, PAGE, "b.x"),
    "async and await": (
        {"a": "from .b import x\n\nasync def g():\n    async with x() as y: await y\n"},
        PAGE, "b.x"),
}  # fmt: skip


@pytest.mark.parametrize("case", SEEN)
def test_a_change_is_seen_through(root: Path, write: Write, case: str) -> None:
    modules, page, target = SEEN[case]
    modules = {"b": "def x(): return 1\n"} | modules
    write(**modules)
    before = reached(root, page)
    assert f"shop.{target}" in before.names
    path = root.joinpath(*target.split(".")[:-1]).with_suffix(".py")
    path.write_text(path.read_text().replace("return 1", "return 2"))
    assert reached(root, page).digest != before.digest


def test_stub_of_a_lazy_package(root: Path, write: Write) -> None:
    write(__init__="import lazy_loader\n", a=BASE)
    (root / "__init__.pyi").write_text("from . import a as a\nfrom .a import g as g\n")
    for page in ("import shop\nshop.g()", "import shop as s\ns.a.g()", "from shop import g\ng"):
        assert reached(root, page).names == ("shop.a.f", "shop.a.g")


def test_data_files_beside_the_module(root: Path, write: Write) -> None:
    (root / "parts").mkdir()
    for name in ("rates.toml", "parts/more.css", "other.toml"):
        (root / name).write_text("1")
    write(a="def g(): return open('rates.toml'), open('parts/more.css')\n")
    digest = reached(root, PAGE).digest
    for name, counts in (("rates.toml", True), ("parts/more.css", True), ("other.toml", False)):
        (root / name).write_text("2")
        assert (reached(root, PAGE).digest != digest) is counts, name
        digest = reached(root, PAGE).digest


def test_files_outside_the_package_do_not_count(root: Path, write: Write) -> None:
    (root.parent / "x.toml").write_text("1")
    write(a="def g(): return open('../x.toml')\n")
    before = reached(root, PAGE).digest
    (root.parent / "x.toml").write_text("2")
    assert reached(root, PAGE).digest == before


def test_cycles_end(root: Path, write: Write) -> None:
    write(a="from . import b\n\ndef g(): return b.x()\n", b="from . import a\n\ndef x(): a.g()\n")
    assert reached(root, PAGE).names == ("shop.a.g", "shop.b.x")
    write(a="from .a import g\nfrom .b import *\n", b="from .a import *\n")
    assert reached(root, PAGE).names == ()


def test_what_the_package_lacks_is_not_an_error(root: Path, write: Write) -> None:
    write(a=BASE)
    page = "import shop.nothing\nfrom shop.a import no\nimport numpy as np\nnp.ones(no)\nshop.x"
    assert "shop.a.h" in reached(root, page).names


def test_a_page_that_uses_nothing_reaches_nothing(root: Path, write: Write) -> None:
    write(a=BASE)
    assert reached(root, "import shop.a\nx = 1\n!ls shop\n%matplotlib inline").names == ()


@pytest.fixture
def shop(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], object]]:
    monkeypatch.syspath_prepend(str(root.parent))
    yield lambda: importlib.import_module("shop.a")
    for name in [n for n in sys.modules if n.split(".")[0] == "shop"]:
        del sys.modules[name]


def test_of_function(root: Path, write: Write, shop: Callable[[], object]) -> None:
    write(a=BASE + "\nfrom .b import x\n\ndef k(): return x(), f()\n", b="def x(): return 1\n")
    module = shop()
    whole = of_function(module.k, root)  # type: ignore[attr-defined]
    assert whole.names == ("shop.a.f", "shop.a.k", "shop.b.x")
    part = of_function(module.k, root, leave_out=("shop.b",))  # type: ignore[attr-defined]
    assert part.names == ("shop.a.f", "shop.a.k")
    write(b="def x(): return 2\n")
    assert of_function(module.k, root).digest != whole.digest  # type: ignore[attr-defined]
    assert of_function(module.k, root, leave_out=("shop.b",)).digest == part.digest  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="not a top-level function"):
        of_function(lambda: 1, root)


def test_the_study_reaches_the_forest_and_not_the_pictures() -> None:
    from debugml import study

    names = of_function(study.monthly_scores.function).names
    for name in ("training.fit.fit_forest", "metrics.ScoreCounts", "features._featurize"):
        assert f"debugml.{name}" in names
    for module in ("figures", "render", "cli", "drift", "published"):
        assert not any(name.startswith(f"debugml.{module}") for name in names), module


def test_published_numbers_count_for_who_shows_them() -> None:
    names = of_source("import debugml as dm\ndm.published.march()").names
    assert {"debugml.published._numbers", "debugml.published.march"} <= set(names)
    assert all(name.startswith("debugml.published.") for name in names)
