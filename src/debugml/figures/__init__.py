"""Figures and tables of the talk and the book: results in, pictures out."""
