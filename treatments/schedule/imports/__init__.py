"""Other people's calendars, read into what this one needs: when somebody is busy."""
