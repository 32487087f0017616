"""The browser's history: a step for each page and section, none for each stop of a slider."""
