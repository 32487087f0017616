"""Many photos at once: a table of what a trained network says of each."""
