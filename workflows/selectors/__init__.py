"""Reads: what the pages and the planner ask the database."""
