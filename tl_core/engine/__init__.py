"""The engine: a Dask cluster that does the heavy work outside the web process."""
