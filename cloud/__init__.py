"""The cloud: takes in what the gates record, keeps it, judges it, and shows it."""
