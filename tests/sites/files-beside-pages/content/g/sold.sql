-- lines of a dump
INSERT INTO a VALUES (1);
