"""Where records and bytes are kept: SQLite and a folder, or PostgreSQL and a bucket."""
