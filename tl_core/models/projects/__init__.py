"""Whether the arrays of a training from elsewhere are those of its network."""
