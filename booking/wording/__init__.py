"""Words for people: what codes, dates, numbers and zones are called on pages and in mails."""
