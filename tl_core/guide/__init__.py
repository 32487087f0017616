"""The way through the lab for somebody new: tours, the field's words, a teacher's plan. All of it is data."""
