"""What may leave, and in what form: markings, disclosure control, releases, and the records that go with numbers."""
