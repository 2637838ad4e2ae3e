"""What a test month does not decide: equally good models, and features from upstream."""
