"""Everything that needs Keras; imported only inside worker processes."""
