"""Where `make render` built the site, and its pages."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_site"
PAGES = sorted(
    str(p.relative_to(SITE))
    for p in SITE.rglob("*.html")
    if not {"site_libs", "pagefind", "assets", "revealjs"} & set(p.relative_to(SITE).parts)
)
