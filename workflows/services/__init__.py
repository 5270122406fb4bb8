"""Writes: what is done to surveys, workflows and tasks."""
