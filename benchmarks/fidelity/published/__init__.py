"""The table in which TabSyn, TabDiff and their rivals are compared, with `CVAE` in it, by its protocol."""
