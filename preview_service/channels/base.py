"""What a channel is: limits as data, ways to deliver in order of preference, one pure renderer."""
