"""Signal quality: noise, polarity, and whether unit and sampling frequency are plausible."""
