"""From photos to rows of features, through the frozen part of a network."""
