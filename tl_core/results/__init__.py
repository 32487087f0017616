"""What came out of a training: its numbers, every guess, the calibration, and what its curves say."""
