"""The business: who works where, who calls, what happens to each interaction. It knows no interface."""
