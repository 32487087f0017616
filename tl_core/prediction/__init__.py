"""What is asked of a network about one photo or many, and what it answers, without Keras."""
