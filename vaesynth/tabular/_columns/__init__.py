"""One column of a table: how it stores its cells, and its way to plain numbers or codes and back."""
