"""When events are recorded: by hour and weekday, and by month of the year."""
