"""Pictures of a report. `gallery` draws them; `theme` alone knows no charts library."""
