"""Choosing, looking at, mending and bringing in datasets."""
