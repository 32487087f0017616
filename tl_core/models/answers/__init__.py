"""Short questions to the engine: predictions, heat maps, layers, and measurements."""
