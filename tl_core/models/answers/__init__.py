"""Short questions to the engine: predictions, heat maps, layers, measurements; the warm-up before them."""
