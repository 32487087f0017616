"""What is asked of one photo, or of many: the answers as data, and their arithmetic."""
