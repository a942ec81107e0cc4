"""Arrays in, arrays out: the statistics behind the other floors."""
