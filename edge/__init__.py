"""The agent on the kiosk at a gate: reads seals, decides offline, keeps what it saw until the cloud has it."""
