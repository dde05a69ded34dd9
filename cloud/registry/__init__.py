"""What people and systems ask of the cloud, as services over a connection; REST and pages call the same ones."""
