"""Running a study: queue, workers, progress."""
