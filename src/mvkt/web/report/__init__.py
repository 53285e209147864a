"""What can be taken away from the page: a report on one sheet of paper, tables, records for other systems."""
