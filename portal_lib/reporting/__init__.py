"""What is owed by when: the report catalogue, periods and due dates, the runner, and its documents."""
