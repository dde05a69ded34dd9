"""One rule a module: CODE, VERSION, its limits, `check(history, now_ms)` and `next_check(history, now_ms)`."""
