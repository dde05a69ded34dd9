"""What the gate decides, as pure functions and tables: no I/O, no clock, no chance."""
