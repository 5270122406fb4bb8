"""Editing a survey: its form, its fields' rows, samples to take fields from, allowed origins."""
