"""Care of the device: what its hardware shows, what a command or a technician may try, and what to send when asked."""
