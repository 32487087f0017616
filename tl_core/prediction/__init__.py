"""What is asked of one photo or of many, and what a browser needs to answer by itself."""
