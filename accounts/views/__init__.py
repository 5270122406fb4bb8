"""Pages: signing in, people, Segment accounts."""
