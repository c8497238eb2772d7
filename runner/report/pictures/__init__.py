"""Pictures of a report. `gallery` draws them; only `theme` knows no charts library."""
