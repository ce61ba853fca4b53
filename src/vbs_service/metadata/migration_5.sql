-- Version 5: the numbers of calls, by which a delegate tells one that comes late.

-- One row: the lowest number that was not taken yet. The service takes them in blocks.
CREATE TABLE call_numbers (
  next INTEGER NOT NULL CHECK (next > 0)
) STRICT;
INSERT INTO call_numbers (next) VALUES (1);
