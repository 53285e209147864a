"""Tables, drawings and the page of a study."""
