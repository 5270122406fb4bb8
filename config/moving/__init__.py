"""`manage.py move_database`: a whole installation from SQLite to PostgreSQL, with nothing lost."""
