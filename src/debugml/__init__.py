"""Debug machine learning in production."""
