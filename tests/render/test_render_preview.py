"""The preview: serves on loopback, renders what changed, tells the pages."""

from __future__ import annotations

import http.client
import threading
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from rendering import Site, page

from debugml.errors import RenderError
from debugml.render.preview import EVENTS, Preview

MakeSite = Callable[[dict[str, str]], Site]


@pytest.fixture
def previewed(make_site: MakeSite) -> Iterator[tuple[Site, Preview]]:
    site = make_site({"index.qmd": page("Old words."), "b.qmd": page("```{python}\nprint(1)\n```")})
    preview = Preview(site.root)
    yield site, preview
    preview.close()


def fetch(preview: Preview, path: str = "") -> str:
    with urllib.request.urlopen(preview.url + path, timeout=10) as answer:
        return str(answer.read().decode())


def test_serves_on_loopback_with_the_reloading_script(previewed: tuple[Site, Preview]) -> None:
    site, preview = previewed
    assert urlsplit(preview.url).hostname == "127.0.0.1"
    html = fetch(preview)
    assert "Old words." in html
    assert EVENTS in html
    assert EVENTS not in site.html("index.html")
    assert "nav" in fetch(preview, "site_libs/debugml/layout.css")


def test_change_is_rendered_and_announced(previewed: tuple[Site, Preview]) -> None:
    site, preview = previewed
    connection = http.client.HTTPConnection(urlsplit(preview.url).netloc, timeout=20)
    connection.request("GET", EVENTS)
    stream = connection.getresponse()
    assert stream.readline().startswith(b": connected")
    heard: list[bytes] = []

    def listen() -> None:
        while not heard:
            line = stream.readline()
            if line.startswith(b"data:"):
                heard.append(line)

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    assert not preview.poll()
    site.write({"index.qmd": page("Brand new words.")})
    assert preview.poll()
    listener.join(15)
    assert heard == [b'data: ["index.html"]\n']
    assert "Brand new words." in fetch(preview)


def test_error_is_shown_and_serving_goes_on(
    previewed: tuple[Site, Preview], capsys: pytest.CaptureFixture[str]
) -> None:
    site, preview = previewed
    site.write({"index.qmd": page("@fig-none")})
    assert preview.poll()
    assert "unresolved cross-reference: @fig-none" in capsys.readouterr().err
    assert "Old words." in fetch(preview)
    site.write({"_quarto.yml": "project: ["})
    assert preview.poll()
    assert "not valid YAML" in capsys.readouterr().err
    assert "Old words." in fetch(preview)


def test_taken_port_is_a_clear_error(previewed: tuple[Site, Preview]) -> None:
    site, preview = previewed
    port = urlsplit(preview.url).port
    assert port
    with pytest.raises(RenderError, match=f"port {port} cannot be used"):
        Preview(site.root, port=port)
