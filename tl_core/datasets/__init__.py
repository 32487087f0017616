"""Datasets: the built-in ones, imported folders and zips, downloads, and their splits."""
