"""The job that writes a trained network in a format to take home."""
