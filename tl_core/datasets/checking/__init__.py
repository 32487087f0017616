"""What may be wrong with a dataset: copies, look-alikes and the findings that a page shows."""
