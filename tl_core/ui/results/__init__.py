"""What came out of a training: headline, curves, what it confuses, corrections, and taking it home."""
