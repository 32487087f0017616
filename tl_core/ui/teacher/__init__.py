"""The teacher's page, and what of it the class sees."""
