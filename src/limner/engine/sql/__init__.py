"""The journal in SQL: its tables, the statements over them, and the port's implementation."""
