"""Pictures of tables, of their columns and of single rows."""
