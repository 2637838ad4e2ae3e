"""Render the project's pages and deck, with Quarto or with the embedded engine.

The embedded engine covers the Quarto features that CONTRIBUTING lists and
refuses the rest by file and line. It knows neither the case study nor the
package's tools.
"""
