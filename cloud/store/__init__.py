"""The only SQL: the tables, their migrations, and one module per aggregate of functions over a connection."""
